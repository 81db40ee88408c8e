"""What would be public of a case if it were published now: exactly that is shown, and exactly that is said. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.desk.cases.case import Case
from services.desk.publishing.exclusion import SERVICE_REF
from services.desk.publishing.places import coarse
from shared.city import CityPack
from shared.contracts.fields import Place

MOST_SUMMARY = 2_000
MOST_ANSWER = 5_000


@dataclass(frozen=True)
class Draft:
    """`requested_at` is only a day: the beginning of the one, in the city, on which the complaint came."""

    summary: str
    answer: str
    service: str
    kind: str
    agency: str | None
    state: str
    kecamatan: str | None
    kelurahan: str | None
    latitude: float | None
    longitude: float | None
    requested_at: datetime

    @property
    def digest(self) -> str:
        """Equal for drafts that the public would see alike: a form carries it to say what its sender has seen."""
        values = [str(value) for value in (getattr(self, name) for name in Draft.__dataclass_fields__)]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]

    @property
    def place(self) -> Place:
        return Place(self.kecamatan, self.kelurahan, None, self.latitude, self.longitude)

    @property
    def external_refs(self) -> dict[str, str]:
        return {SERVICE_REF: self.service} if self.service else {}


def draft(case: Case, pack: CityPack, *, summary: str, answer: str, service: str, point: bool) -> Draft:
    """`point`: whether the square on the map may be shown, where the city shows any."""
    spot = coarse(case.latitude, case.longitude, pack.publishing.grid_metres) if point else None
    latitude, longitude = spot or (None, None)
    return Draft(
        summary=summary,
        answer=answer,
        service=service if pack.services.service(service) else "",
        kind=case.kind,
        agency=case.agency,
        state=case.state,
        kecamatan=case.kecamatan,
        kelurahan=case.kelurahan,
        latitude=latitude,
        longitude=longitude,
        requested_at=_day(case.received_at, ZoneInfo(pack.city.timezone)),
    )


def clean(text: str) -> str:
    """As it will stand in public: without blanks at the ends of lines, and no more than one empty line."""
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()


def _day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Whoever saw a neighbour type would know the minute."""
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
