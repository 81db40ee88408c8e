"""The city's ready-made texts on the page of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from services.desk.cases import machine
from services.desk.cases.case import Case
from services.desk.deadlines.showing import ShownClock
from services.desk.deadlines.telling import moment
from services.desk.desk import Desk
from services.desk.views.display import agency_title
from services.desk.working.ready import ENGLISH, Offered, texts_for
from shared.city_answers import ANSWER, ARCHIVE, CLOSING, QUESTION, RETURN
from shared.city_deadlines import SETTLE
from shared.sentences import sentence

USES: Mapping[str, str] = {
    machine.ANSWER: ANSWER,
    machine.ASKED: QUESTION,
    machine.CLOSING: CLOSING,
    machine.RETURNED: RETURN,
    machine.ARCHIVING: ARCHIVE,
}
"""Which texts the form of an act offers."""
_SOMEWHERE = {"id": "tempat yang Anda laporkan", ENGLISH: "the place that you reported"}


def blanks(marks: Sequence[str]) -> str:
    """What is said of marks of a ready-made text that nobody has filled in."""
    return sentence("Isi dulu bagian dalam kurung siku: %(marks)s.", marks=", ".join(marks[:5]))


def ready_for(
    desk: Desk, case: Case, acts: frozenset[str], clocks: Sequence[ShownClock]
) -> dict[str, tuple[Offered, ...]]:  # fmt: skip
    """By act, for those that this person may do now."""
    values = {language: _values(desk, case, clocks, language) for language in _SOMEWHERE}
    return {
        act: texts_for(desk.pack.answers, case, use, values) for act, use in USES.items() if act in acts
    }  # fmt: skip


def _values(desk: Desk, case: Case, clocks: Sequence[ShownClock], language: str) -> dict[str, str]:
    place = f"Kelurahan {case.kelurahan}" if case.kelurahan else f"Kecamatan {case.kecamatan}" if case.kecamatan else ""
    values = {
        "ticket": case.ticket,
        "place": place or _SOMEWHERE[language],
        "agency": agency_title(desk, case) or f"Pemerintah {desk.pack.city.name}",
    }
    settle = next((one.clock for one in clocks if one.is_open and one.clock.name == SETTLE), None)
    if settle is not None and language == "id":
        values["due"] = str(moment(settle.due_at, ZoneInfo(desk.pack.calendar.timezone)))
    return values
