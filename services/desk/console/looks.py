"""What the desk looks at beside what every process does: deadlines, the seals of the audit trail, certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.desk.auditing import repository as seals
from services.desk.deadlines.counting import Span, count
from services.desk.inbox.conditions import IS_DUE, due_between
from services.desk.tables import cases
from shared.certificates import UnreadableCertificate, ends_at
from shared.city_calendar import CityCalendar
from shared.clock import Clock
from shared.storage.database import Database
from shared.thresholds import (
    AUDIT_UNSEALED_SECONDS,
    CERTIFICATE_SECONDS,
    DEADLINES_OVERDUE,
    DEADLINES_SOON,
    PROBLEM,
    worst,
)
from shared.vitals.looking import Probe
from shared.vitals.messages import counted
from shared.vitals.sign import Sign, judged

_DEADLINES_EVERY_SECONDS = 15.0
_AUDIT_EVERY_SECONDS = 30.0
_CERTIFICATES_EVERY_SECONDS = 60.0
OWN_CERTIFICATE = Path("secrets/tls_certificate.pem")
"""Where `tanggap secrets` puts the stack's."""


@dataclass(frozen=True)
class DeadlineLook:
    """How many open cases are late, and how many will be by the end of the next working day. Counts stop at a bound."""

    database: Database
    calendar: CityCalendar
    clock: Clock

    def probe(self) -> Probe:
        return Probe("deadlines", self._look, every_seconds=_DEADLINES_EVERY_SECONDS, rests_on_database=True)

    def _look(self) -> list[Sign]:
        now = self.clock.now()
        until = count(now, Span(1), self.calendar).due_at
        with self.database.read() as connection:
            overdue, soon = (
                int(connection.execute(counted(IS_DUE, *due_between(first, last), table=cases)).scalar_one())
                for first, last in ((None, now), (now, until))
            )
        state = worst([DEADLINES_OVERDUE.judge(overdue), DEADLINES_SOON.judge(soon)])
        return [Sign("deadlines", state, overdue + soon, "cases", {"overdue": overdue, "soon": soon})]


def audit_probe(database: Database, clock: Clock) -> Probe:
    """Where audit rows are sealed: how long ago it was last known that all of them are."""

    def look() -> list[Sign]:
        with database.read() as connection:
            known = seals.progress(connection)
        moments = [one.seen_until for one in known.values() if one.seen_until is not None]
        if not moments:
            return []
        return [judged("audit", round((clock.now() - min(moments)).total_seconds()), AUDIT_UNSEALED_SECONDS)]

    return Probe("audit", look, every_seconds=_AUDIT_EVERY_SECONDS, rests_on_database=True)


def certificate_probe(files: Callable[[], Sequence[Path]], clock: Clock) -> Probe:
    def look() -> list[Sign]:
        return [sign for file in files() if (sign := _certificate(file, clock)) is not None]

    return Probe("certificate", look, every_seconds=_CERTIFICATES_EVERY_SECONDS)


def certificate_files(named: Sequence[str]) -> Callable[[], Sequence[Path]]:
    """Those that the settings name, and the stack's own where it lies beside the program."""
    return lambda: [*map(Path, named), *([OWN_CERTIFICATE] if OWN_CERTIFICATE.is_file() else [])]


def _certificate(file: Path, clock: Clock) -> Sign | None:
    try:
        ends = ends_at(file)
    except UnreadableCertificate as error:
        return Sign("certificate", PROBLEM, facts={"problem": str(error)}, about=str(file))
    if ends is None:
        return None
    left = (ends - clock.now()).total_seconds()
    facts = {"ends_at": ends.isoformat()}
    return Sign("certificate", CERTIFICATE_SECONDS.judge(left), round(left), "seconds", facts, about=str(file))
