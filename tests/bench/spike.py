"""Spikes of whole lives of complaints, with a million cases already there, as a peer published a test of itself.

Arrivals a second, a minute each: 1, 15, 1, 25, 2, 35, 10, 0. Each is a whole life: a citizen complains by the API, the
rules forward it, the agency's system opens the case, answers and closes it, the citizen reads the status; a second of
thought before each. Who is turned away (503 with `Retry-After`) when he complains goes home; whoever works on what was
accepted comes again when he was told to.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import uuid4

from services.desk.directory.tokens import SCOPES, By, add_token
from shared.clock import SystemClock
from shared.storage.database import Database
from tests.bench.desk_moulds import make_moulds
from tests.bench.desk_seed import seed_cases
from tests.bench.open_loop import Conversation, OpenLoop
from tests.bench.spike_lives import Book, Forwarded, Lives
from tests.bench.spike_report import Run, show
from tests.bench.stack import Bench
from tests.bench.watch import Watch
from tests.support.eventually import eventually

SHAPE = (1, 15, 1, 25, 2, 35, 10, 0)
_TOKENS_OF_AGENCY = 12
"""Each may ask 300 times a minute."""
_GIVE_UP_SECONDS = 300
_SEED = 20261128
_WORDS = (
    "PJU mati di depan gang nomor {n}, gelap sekali", "Sampah menumpuk di TPS dekat rumah nomor {n}",
    "KTP elektronik saya belum jadi, antrean nomor {n}", "Puskesmas menolak pasien, antrean nomor {n}",
    "PKL berjualan di trotoar depan toko nomor {n}", "Bansos PKH tidak sampai ke keluarga nomor {n}",
    "Jalan berlubang parah di depan rumah nomor {n}", "PPDB sekolah negeri bermasalah, pendaftar nomor {n}",
    "Pajak PBB saya salah hitung, objek nomor {n}", "Harga sembako di pasar naik, kios nomor {n}",
)  # fmt: skip
_SETTINGS = {"shared_buffers": "192MB", "effective_cache_size": "512MB", "wal_level": "minimal", "max_wal_senders": "0",
             "max_wal_size": "4GB"}  # fmt: skip
"""Memory as in `deploy/postgres/postgresql.conf`; the others let the database be filled soon."""


def measure(*, times: int, cases: int, seconds: float, moulds: int) -> None:
    with ExitStack() as stack:
        bench = started_with_cases(stack, cases, moulds)
        lives = Lives(bench.system.intake_port, bench.system.desk_port, _kinds(bench), Book(), uuid4().hex[:8])
        _tell("  everything runs")
        _play(lives, (5,), seconds, first=10_000_000)  # warms
        bench.await_drained()
        _tell("  warm")
        lives = Lives(lives.intake_port, lives.desk_port, lives.kinds, Book(), lives.mark)
        shape = tuple(rate * times for rate in SHAPE)
        with Watch(bench) as watch:
            began, ended, left = _play(lives, shape, seconds)
            _tell("  all lives have ended")
            arrived = began + seconds * (len(shape) - 1)
            bench.await_drained(_GIVE_UP_SECONDS)
            drained = time.monotonic() - arrived
        show(Run(shape, seconds, began, lives.book, left, ended - arrived, drained, watch, cases), _amiss(bench, lives))


def started_with_cases(stack: ExitStack, cases: int, moulds: int) -> Bench:
    """With the cases at its desk before anything runs."""
    bench = Bench(settings=_SETTINGS)
    stack.push(bench.__exit__)
    bench.system.migrate()
    if cases:
        until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        made = make_moulds(moulds, _SEED, until)
        with bench.server.connect("bench") as admin:
            admin.execute("ALTER ROLE postgres IN DATABASE bench SET search_path = desk")
            seed_cases(bench.server.admin_url("bench"), made, cases, seed=_SEED, tell=_tell)
            admin.execute("ALTER ROLE postgres IN DATABASE bench RESET search_path")
    bench.__enter__()
    return bench


def _kinds(bench: Bench) -> tuple[Forwarded, ...]:
    """Those of the words that the rules forward, with the tokens of whoever they are forwarded to."""
    tickets = {bench.system.submit(words.format(n=0)).json()["ticket"]: words for words in _WORDS}
    listed = ", ".join(f"'{ticket}'" for ticket in tickets)
    rows = eventually(
        lambda: _all(bench.system.rows("desk", f"SELECT ticket, state, agency FROM cases WHERE ticket IN ({listed})")),
        30,
    )
    found = {ticket: agency for ticket, state, agency in rows if state == "forwarded"}
    assert len(found) >= len(_WORDS) / 2, rows
    database, by = Database(bench.system.database_url("desk")), By("bench", "operator")
    try:
        return tuple(
            Forwarded(tickets[ticket], tuple(
                add_token(database, SystemClock(), by, agency, f"{ticket} {number}", SCOPES, None)[1]
                for number in range(_TOKENS_OF_AGENCY)
            ))
            for ticket, agency in sorted(found.items())
        )  # fmt: skip
    finally:
        database.close()


def _all(rows: Sequence[tuple[str, str, str]]) -> Sequence[tuple[str, str, str]]:
    return rows if len(rows) == len(_WORDS) else ()


def _play(lives: Lives, shape: Sequence[float], seconds: float, first: int = 0) -> tuple[float, float, int]:
    """When it began and ended, by `time.monotonic()`, and how many lives had not come to their end."""
    began = time.monotonic() + 0.1
    left = OpenLoop().run(
        _arrivals(lives, shape, seconds, began, first), give_up_at=began + seconds * len(shape) + _GIVE_UP_SECONDS
    )  # fmt: skip
    return began, time.monotonic(), left


def _arrivals(
    lives: Lives, shape: Sequence[float], seconds: float, began: float, number: int
) -> Iterator[tuple[float, Conversation]]:
    for phase, rate in enumerate(shape):
        for one in range(int(rate * seconds)):
            yield began + phase * seconds + one / rate, lives.live(number)
            number += 1


def _amiss(bench: Bench, lives: Lives) -> Mapping[str, int]:
    """Of what was acknowledged: how much is not there, and how much is there twice."""
    at_desk = dict(bench.system.rows("desk", "SELECT ticket, state FROM cases"))
    accepted = {ticket for (ticket,) in bench.system.rows("intake", "SELECT ticket FROM complaints")}
    receipts = [name[: len("CMH-0000-0000")] for name in bench.system.notice_names() if "-receipt-citizen-" in name]
    book = lives.book
    return {
        "complaints that are not stored": len(set(book.accepted) - accepted),
        "complaints that are not at the desk": len(set(book.accepted) - set(at_desk)),
        "closings that are not there": sum(at_desk.get(ticket) != "closed" for ticket in book.finished),
        "citizens without a receipt": len(set(book.accepted) - set(receipts)),
        "receipts sent twice": len(receipts) - len(set(receipts)),
    }


def _tell(told: str) -> None:
    print(told, flush=True)
