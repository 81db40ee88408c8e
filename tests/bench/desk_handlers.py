"""How many facts of the router a second the desk keeps: 200 in one transaction, as its consumer takes them.

Each makes a case, its content with the words for the search, a line of the timeline, two clocks and a timer.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from typing import Any

from services.desk.handlers import DeskHandlers
from shared.contracts.complaint import ComplaintRouted
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.ids import new_id
from tests.bench.desk_actors import PHRASES, Stage, StillClock, cimahi
from tests.bench.desk_seed import AGENCIES, ticket
from tests.bench.report import middle
from tests.support.postgres import PostgresServer

BATCH = 200


def measure(server: PostgresServer, *, rounds: int) -> None:
    print(f"  facts of the router kept by the desk's handlers, {BATCH} in a transaction", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for url in (f"sqlite:///{folder}/desk.db", server.create_database("handlers")):
            print(f"    {url.partition(':')[0]:20} {middle(_rates(url, rounds), '/s')}", flush=True)


def _rates(url: str, rounds: int) -> list[float]:
    stage = Stage(url, cimahi(*AGENCIES), StillClock(datetime.now(UTC)))
    handlers, rates = DeskHandlers(stage.register), list[float]()
    table = handlers.table()
    try:
        for number in range(rounds + 1):  # the first round only warms
            envelopes = [_routed(stage, number * BATCH + one) for one in range(BATCH)]
            began = time.perf_counter()
            with stage.database.write() as tx:
                handlers.foresee(tx, envelopes)
                for envelope in envelopes:
                    table[envelope.type](tx, envelope)
            if number:
                rates.append(BATCH / (time.perf_counter() - began))
    finally:
        stage.close()
    return rates


def _routed(stage: Stage, number: int) -> Envelope:
    now, agency = stage.clock.at, AGENCIES[number % len(AGENCIES)]
    phrase = PHRASES[number % len(PHRASES)]
    decision: Any = {
        "outcome": "routed", "reason": "matched", "agency": agency, "also": [], "score": 12, "margin": 9,
        "reasons": [{"rule": "bench", "phrase": phrase, "start": 0, "end": len(phrase), "weight": 12}],
        "alternatives": [{"agency": agency, "score": 12}], "place": None, "ruleset": "0f3a9c2b7d41",
    }  # fmt: skip
    text = f"{phrase} di depan gerbang nomor {number} sejak Senin, jalannya gelap sekali dan sudah dua motor jatuh."
    fact = ComplaintRouted(
        complaint_id=new_id(), ticket=ticket(number), revision=2, text=text, channel="web", kind="pengaduan",
        identity="anonymous", place=Place("Cimahi Tengah", "Baros", "RW 5"), received_at=now, decision=decision,
        agency=agency, assignment=1, routed_at=now,
    )  # fmt: skip
    return Envelope.of(fact, source="bench", time=now)
