"""JSON-RPC: what the rest of the program asks of nodes, and how it is asked."""
