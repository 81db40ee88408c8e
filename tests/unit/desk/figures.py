"""Invented figures, and the statistics of a desk brought up to date."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from services.desk.statistics.figure import Figure, office_of
from services.desk.statistics.keeping import FigureKeeping
from shared.contracts.complaint import ComplaintRated
from tests.unit.desk.facts import RECEIVED, ticket
from tests.unit.desk.world import World

ZONE = ZoneInfo("Asia/Jakarta")
KEEPING = FigureKeeping(ZONE)
AGENCIES = ("DISHUB", "DPUPR", "KELURAHAN", "")
PLACES = (("Cimahi Tengah", "Baros"), ("Cimahi Tengah", "Cigugur Tengah"), ("Cimahi Utara", "Cipageran"), ("", ""))
STATES = ("triage", "forwarded", "answered", "closed", "archived", "withdrawn")


def made(number: int = 1, **more: Any) -> Figure:
    values: dict[str, Any] = {
        "complaint_id": f"c{number}", "ticket": f"CMH-{number:04d}", "month": "2026-11", "day": "2026-11-24",
        "agency": "DISHUB", "kind": "pengaduan", "channel": "web", "kecamatan": "Cimahi Tengah", "kelurahan": "Baros",
        "confidential": False, "state": "forwarded", "answer_seconds": None, "close_seconds": None,
        "respond_in_time": None, "settle_in_time": None, "reopened": 0, "rating": None, "due_at": None, **more,
    }  # fmt: skip
    office = office_of(values["agency"], values["kecamatan"], values["kelurahan"])
    return Figure(**{"office": office, **values})


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    kecamatan, kelurahan = draw(st.sampled_from(PLACES))
    month = draw(st.sampled_from(("2024-12", "2025-01", "2025-02", "2026-11")))
    seconds = st.none() | st.integers(0, 10**8)
    return made(
        draw(st.integers(0, 30)), month=month, day=f"{month}-05", agency=draw(st.sampled_from(AGENCIES)),
        kind=draw(st.sampled_from(("pengaduan", "aspirasi"))), channel=draw(st.sampled_from(("web", "sms"))),
        kecamatan=kecamatan, kelurahan=kelurahan, confidential=draw(st.booleans()),
        state=draw(st.sampled_from(STATES)), answer_seconds=draw(seconds), close_seconds=draw(seconds),
        respond_in_time=draw(st.none() | st.booleans()), settle_in_time=draw(st.none() | st.booleans()),
        reopened=draw(st.integers(0, 2)), rating=draw(st.none() | st.integers(1, 5)),
    )  # fmt: skip


def count_up(world: World, now: datetime | None = None) -> int:
    """As the timers do it, until nothing is left to count or to sum up; how many periods were summed up."""
    sums, at = 0, (now or world.clock.now()).astimezone(UTC)
    while True:
        with world.database.write() as tx:
            if not KEEPING.count_marked(tx, at):
                break
    while True:
        with world.database.write() as tx:
            if not KEEPING.sum_up(tx, at):
                return sums
        sums += 1
        assert sums < 1000


def rated(score: int, number: int = 1) -> ComplaintRated:
    return ComplaintRated(
        complaint_id="c1", ticket=ticket(1), number=number, score=score, words="Hubungi 0812-3456-7890.",
        by_channel="web", rated_at=RECEIVED + timedelta(days=2),
    )  # fmt: skip
