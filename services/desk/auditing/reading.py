"""The audit rows of all services together, each with what its seal says."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.desk.auditing import repository
from services.desk.auditing.chain import Seal
from services.desk.auditing.sources import AuditRows
from shared.audit import row_digest
from shared.audit_reading import Wanted
from shared.errors import TanggapError
from shared.storage.database import Database

PAGE = 100
_PLACES = re.compile(r"(?:[a-z]{1,20}\.\d{1,18}-?){1,8}")


class State(StrEnum):
    SEALED = "sealed"
    WAITING = "waiting"
    LATE = "late"
    ALTERED = "altered"


@dataclass(frozen=True)
class Line:
    """One row; `row` has the columns of `shared.audit`. `seal` is None while it waits."""

    service: str
    row: Mapping[str, Any]
    state: State = State.WAITING
    seal: Seal | None = None


@dataclass(frozen=True)
class Found:
    """`away` are services that did not answer; `next` is empty on the last page."""

    lines: Sequence[Line]
    away: Sequence[str]
    next: str


@dataclass(frozen=True)
class Status:
    """How far the seals are, and what was said last."""

    count: int
    sealed_at: datetime | None
    services: Sequence[repository.Progress]
    head: repository.DayHead | None


@dataclass(frozen=True)
class AuditReading:
    """`sources` are asked in their order, one after another."""

    database: Database
    sources: Mapping[str, AuditRows]

    def find(self, wanted: Wanted, services: Collection[str], page: str = "", limit: int = PAGE) -> Found:
        """The newest first; `page` is the `next` of the page before."""
        begins, away, gathered, more = places_of(page), list[str](), list[Line](), False
        for service in (name for name in self.sources if name in services):
            try:
                rows = self.sources[service].rows(replace(wanted, before=begins.get(service)), limit + 1)
            except TanggapError:
                away.append(service)
                continue
            gathered += [Line(service, row) for row in rows]
        gathered.sort(key=lambda line: (line.row["at"], line.service, line.row["seq"]), reverse=True)
        more = len(gathered) > limit
        shown = gathered[:limit]
        for line in shown:
            begins[line.service] = min(line.row["seq"], begins.get(line.service, line.row["seq"]))
        return Found(self._with_seals(shown), away, written(begins) if more else "")

    def status(self) -> Status:
        with self.database.read() as connection:
            last = repository.seal(connection, repository.head(connection).n)
            known = repository.progress(connection)
            head = next(iter(repository.heads(connection, 1)), None)
        services = [known.get(name, repository.Progress(name)) for name in self.sources]
        return Status(last.n if last else 0, last.sealed_at if last else None, services, head)

    def _with_seals(self, lines: Sequence[Line]) -> list[Line]:
        seals: dict[tuple[str, int], Seal] = {}
        with self.database.read() as connection:
            for service in {line.service for line in lines}:
                seqs = [line.row["seq"] for line in lines if line.service == service]
                found = repository.seals_of(connection, service, seqs)
                seals.update(((service, seq), seal) for seq, seal in found.items())
        return [_sealed(line, seals.get((line.service, line.row["seq"]))) for line in lines]


def _sealed(line: Line, seal: Seal | None) -> Line:
    if seal is None:
        return line
    state = State.LATE if seal.late else State.SEALED
    return replace(line, seal=seal, state=state if row_digest(line.row) == seal.digest else State.ALTERED)


def places_of(text: str) -> dict[str, int]:
    """Where each service goes on, as `written`; what cannot be read is the beginning."""
    if not _PLACES.fullmatch(text):
        return {}
    parts = (part.partition(".") for part in text.split("-") if part)
    return {service: int(seq) for service, _, seq in parts}


def written(places: Mapping[str, int]) -> str:
    return "-".join(f"{service}.{seq}" for service, seq in sorted(places.items()))
