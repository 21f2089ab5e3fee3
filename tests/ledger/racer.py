"""One of several processes that race for the same cases. Prints which ones it decided and which due times it took."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta

from bot.ledger import Committed, Ledger
from bot.models import CaseWrite, Change, Event

LEASE = timedelta(seconds=60)


async def decide(ledger: Ledger, name: str, case_ids: list[str]) -> list[str]:
    """Try to close every case; those where this process was the one."""
    won = []
    for start in range(0, len(case_ids), 25):
        found = await ledger.cases(case_ids[start : start + 25])
        changes = [
            Change(
                op_id=f"{name}-{case_id}",
                events=[Event(name="decided", case_id=case_id, facts={"by": name})],
                cases=[CaseWrite(one.case.model_copy(update={"closed_at": ledger.now()}), one.version)],
            )
            for case_id, one in found.items()
            if one.case.is_open
        ]
        answers = await ledger.commit_all(changes)
        won += [
            one.cases[0].case.case_id
            for one, answer in zip(changes, answers, strict=True)
            if type(answer) is Committed
        ]
    return won


async def take_all(ledger: Ledger) -> list[str]:
    """Take due times until none is left."""
    taken: list[str] = []
    while found := await ledger.take_due(limit=7, lease=LEASE):
        taken += [due.case_id for due, _ in found]
    return taken


async def main(url: str, name: str) -> None:
    """Wait for the word, race, tell."""
    ledger = await Ledger.connect(url, replica_id=name)
    case_ids = await ledger.open_case_ids()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    won, taken = await asyncio.gather(decide(ledger, name, case_ids), take_all(ledger))
    sys.stdout.write(json.dumps({"won": won, "taken": taken}) + "\n")
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
