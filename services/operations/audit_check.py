"""Reading every audit row and every seal again and comparing them, in bounded memory, while everything runs.

Rows are compared with the seals that were there at the start, so that nothing that comes meanwhile looks wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.desk.auditing import repository
from services.desk.auditing.chain import AuditKeys, Seal, is_late
from services.desk.auditing.sealer import LOOK_BACK
from services.operations.audit_chain import ChainCheck, Mailed, check_heads
from services.operations.audit_findings import Findings, Kind, Trouble
from services.operations.installation import Installation, Member
from shared.audit import row_digest
from shared.audit_reading import every_row
from shared.storage.database import Database

_PAGE = 5000


def check(
    installation: Installation, keys: AuditKeys, *, mailed: Mailed | None = None, since: datetime | None = None,
    progress: Callable[[str], None] = lambda sentence: None,
) -> Findings:  # fmt: skip
    """With `since`, what was sealed before is believed. Raises `Transient` when a database stops answering."""
    began, found = installation.clock.monotonic_seconds(), Findings()
    desk = installation.members["desk"].database
    with desk.read() as connection:
        head = repository.head(connection)
    found.head_count, found.head_mac = head.n, head.mac
    progress("checking the chain of seals")
    ChainCheck(keys, head.n, since, found).run(desk)
    check_heads(desk, head.n, mailed, found)
    for member in installation.members.values():
        progress(f"comparing the rows of {member.name}")
        _Comparison(member, desk, head.n, since, installation.clock.now(), found).run()
    found.seconds = installation.clock.monotonic_seconds() - began
    return found


@dataclass
class _Comparison:
    """One service's rows beside their seals, both by number."""

    member: Member
    desk: Database
    last: int
    since: datetime | None
    now: datetime
    found: Findings

    def run(self) -> None:
        with self.desk.read() as connection:
            self.top = repository.last_seq(connection, self.member.name)
        rows, seals = self._rows(), self._seals()
        row, seal = next(rows, None), next(seals, None)
        while row is not None or seal is not None:
            if seal is None or (row is not None and row["seq"] < seal.seq):
                assert row is not None
                self._without_seal(row)
                row = next(rows, None)
            elif row is None or row["seq"] > seal.seq:
                self._without_row(seal)
                seal = next(seals, None)
            else:
                self._both(row, seal)
                row, seal = next(rows, None), next(seals, None)

    def _both(self, row: Mapping[str, Any], seal: Seal) -> None:
        self.found.rows += 1
        if seal.n > self.last:
            self.found.waiting += 1
        elif self._is_believed(seal):
            return
        elif row_digest(row) != seal.digest:
            self._add(Kind.ALTERED, row, f"is not as it was sealed on {_day(seal.sealed_at)}")
        elif seal.late or is_late(row["at"], seal.seen_until, seal.sealed_at):
            self._add(Kind.LATE, row, f"says {_day(row['at'])} and was first seen on {_day(seal.sealed_at)}")

    def _without_seal(self, row: Mapping[str, Any]) -> None:
        self.found.rows += 1
        young = row["at"] > self.now - LOOK_BACK
        if row["seq"] < self.top and not young:
            self._add(Kind.INSERTED, row, "was never sealed, though later ones were")
            return
        self.found.waiting += 1
        if not young:
            self._add(Kind.WAITING, row, f"of {_day(row['at'])} is not sealed yet")

    def _without_row(self, seal: Seal) -> None:
        if seal.n <= self.last and not self._is_believed(seal):
            saw = f"{seal.service} row {seal.seq}, sealed on {_day(seal.sealed_at)}, is gone"
            self.found.add(Trouble(Kind.REMOVED, saw, seal.service, seal.seq, seal.n))

    def _is_believed(self, seal: Seal) -> bool:
        return self.since is not None and seal.sealed_at < self.since

    def _add(self, kind: Kind, row: Mapping[str, Any], what: str) -> None:
        name, seq = self.member.name, row["seq"]
        self.found.add(Trouble(kind, f"{name} row {seq} {what}", name, seq))

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        with self.member.database.read() as connection:
            for page in every_row(connection, self.member.audit, _PAGE):
                yield from page

    def _seals(self) -> Iterator[Seal]:
        after = 0
        with self.desk.read() as connection:
            while page := repository.seals_of_rows(connection, self.member.name, after, _PAGE):
                yield from page
                after = page[-1].seq


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
