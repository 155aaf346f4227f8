"""What planning and carrying out revocations costs, in a process of its own.

    python -m benchmarks.revoking plan 500
    python -m benchmarks.revoking requests 10

`plan` prints seconds of CPU from selected rows to the plan's document; `requests` the
HTTP requests of taking so many approvals back on the demo chain, endpoint and all.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from allowctl.chains.registry import chain_by_id
from allowctl.demo import start, write_keystore
from allowctl.model.chain import Address
from allowctl.model.endpoint import Endpoint
from allowctl.model.finding import Level
from allowctl.model.plan import Fees, Plan, Proof, Settled
from allowctl.model.question import Question
from allowctl.model.report import AuditedRecord, Scan
from allowctl.net.http import HttpClient
from allowctl.pipeline import Work, scan_chain
from allowctl.revoke import document, journal, plan
from allowctl.revoke.carry import Carrier
from allowctl.revoke.fees import default_caps
from allowctl.revoke.follow import Terms
from allowctl.revoke.goal import Revoke
from allowctl.revoke.journal_files import Place
from allowctl.revoke.keysource import KeystoreFile
from allowctl.revoke.outbox import PoolOutbox
from allowctl.revoke.passwords import PasswordFile
from allowctl.revoke.prepare import Bench, Wish, prepared
from allowctl.revoke.select import Selection, selected
from allowctl.revoke.sign import unlock
from allowctl.revoke.simulate import Simulator
from allowctl.revoke.tell import Silent
from allowctl.rpc.endpoints import Node
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.pool import Pool
from allowctl.scan.around import Around, Sources
from allowctl.scan.seek import Seeker
from allowctl.store.cache import Cache
from benchmarks.judge import record, report

_GAS = 50_000


def planned(count: int) -> dict[str, float]:
    """CPU of selecting, planning and writing down so many revocations."""
    rows = tuple(
        AuditedRecord(
            record=record(number), findings=(), points=60, level=Level.CRITICAL
        )
        for number in range(count)
    )
    (scan,) = report(rows).scans
    begin = time.process_time()
    chosen, _ = selected(scan, Selection(all_risky=True), scan.as_of.timestamp)
    attempts, left_out = plan.attempts(
        chosen, Revoke(), chain_id=scan.chain.id, at=scan.as_of
    )
    made = plan.build(
        chain=scan.chain,
        owner=scan.owner,
        as_of=scan.as_of,
        settled=[
            Settled(attempt=each, way=each.ways[0], gas=(_GAS,), proof=Proof.SIMULATED)
            for each in attempts
        ],
        left_out=left_out,
        terms=plan.Terms(
            fees=Fees(max_fee=10**9, tip=1), caps=default_caps(1, per_run=10**20)
        ),
    )
    text = document.text([made], "0")
    took = time.process_time() - begin
    return {"cpu": took, "steps": len(made.steps), "text": len(text)}


def requested(count: int) -> dict[str, float]:
    """HTTP requests of so many revocations, from the plan to the last verdict."""
    with start() as running, tempfile.TemporaryDirectory() as name:
        return asyncio.run(_requested(running.url, running.owner, count, Path(name)))


async def _requested(
    url: str, owner: Address, count: int, folder: Path
) -> dict[str, float]:
    chain = chain_by_id(31337)
    async with HttpClient(deadline=30) as client:
        rpc = HttpRpc(client, Endpoint(url))
        pool = Pool(chain, [Node(rpc, key=rpc.endpoint.key, pace=rpc.pace, now=0)])
        with Cache.open(None) as cache:
            around = Around(pool, Sources())
            seeker = Seeker(pool=pool, cache=cache, progress=lambda _tick: None)
            work = Work(pool=pool, seeker=seeker, around=around)
            (scan,) = await scan_chain(work, [Question(chain=chain, owner=owner)])
        if not isinstance(scan, Scan):
            raise TypeError(scan.reason)
        plain = [row for row in scan.allowances if row.record.usd is None]
        made = await _made(pool, scan, plain[:count])
        before = pool.requests
        result = await _carried(pool, made, folder)
    if not result:
        raise RuntimeError("not all was taken back")
    return {
        "requests": pool.requests - before,
        "taken": sum(len(step.changes) for step in made.steps),
    }


async def _made(pool: Pool, scan: Scan, rows: list[AuditedRecord]) -> Plan:
    bench = Bench(
        outbox=PoolOutbox(pool),
        simulator=lambda at, cap: Simulator(pool, scan.owner, at, gas_cap=cap),
    )
    return await prepared(bench, scan.owner, scan.as_of, rows, Wish(goal=Revoke()))


async def _carried(pool: Pool, made: Plan, folder: Path) -> bool:
    keystore = write_keystore(folder / "keys")
    place = Place(state=folder, chain_id=made.chain.id, owner=made.owner)
    with journal.opened(place, clock=time.time) as opened:
        carrier = Carrier(
            outbox=PoolOutbox(pool),
            journal=opened,
            unlock=lambda: unlock(
                KeystoreFile(path=keystore.path),
                PasswordFile(path=keystore.password_file),
                made.owner,
                folders=(),
            ),
            terms=Terms(confirmations=1, poll=0.1),
            clock=time.monotonic,
            sleep=asyncio.sleep,
            tell=Silent(),
        )
        result = await carrier.carry(made, "bench")
    return all(each.verdict.good for each in result.outcomes)


if __name__ == "__main__":
    _what, _count = sys.argv[1], int(sys.argv[2])
    json.dump({"plan": planned, "requests": requested}[_what](_count), sys.stdout)
