"""JSON-RPC: what the rest of the program asks of nodes, and how it is asked.

one chain        pool · heads · ens                     who is there; the block to read
search of logs   logs · search · queue · unit           who is asked what next
                 reactions · dense                      after a no; one block too full
                 canary · floor                         who lost old logs in silence
reads of state   state · multicall · coalesce           one block, wherever it is had
                 archive                                old state, wherever it is kept
                 aggregate · together · alone           many calls in one, or not
                 reader.json                            our own code for it (contracts/)
trying calls     simulate                               before they are signed
                 rehearsal · rehearsal.json             our own code for it (contracts/)
what is learned  endpoints                              what each takes, how each fares
                 pace · rate                            how much at once, and how often
one endpoint     client · http · reads · blockname      `Rpc`, and that over HTTP
on the wire      transport · batches                    sent until served or hopeless
                 wire · questions · answers · received  JSON as values and back, no I/O
                 account                                the same, of whoever sends
what a no means  refusals · said · phrases              from words, codes and status
                 suggestions                            what would do instead

Searches and reads know an endpoint as `client.Rpc` only. Sockets are `net`'s.
"""
