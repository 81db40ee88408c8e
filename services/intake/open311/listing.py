"""Which requests a GET of the list asks for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.intake.open311.parameters import Parameters
from services.intake.open311.reporting import no_service
from shared.city_services import CityServices

OPEN, CLOSED = "open", "closed"
MOST_IDS = 100
MOST_ROWS = 1000
LONGEST_SPAN = timedelta(days=90)

_MOST_RAW_CHARACTERS = 20_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """Requests of a span of at most 90 days; no statuses or services means all of them. `ids` override the rest.

    `updated_after` asks for what changed since, the earliest change first, of whatever age where no span was given.
    """

    ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    statuses: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    page: int = 1
    page_size: int = MOST_ROWS
    updated_after: datetime | None = None


def read_wanted(given: Parameters, services: CityServices, *, now: datetime, zone: ZoneInfo) -> Wanted:
    """Raises `Refused`: 404 for an unknown service, else 400 with a sentence for each parameter."""
    ids = _several(given, "service_request_id")
    if len(ids) > MOST_IDS:
        given.complain("service_request_id", f"Paling banyak {MOST_IDS} nomor dalam satu permintaan.")
    if ids:
        given.check()
        return Wanted(ids=ids)
    statuses, codes = _several(given, "status"), _several(given, "service_code")
    if any(status.lower() not in (OPEN, CLOSED) for status in statuses):
        given.complain("status", "Pilihannya: open, closed.")
    updated_after = _moment(given, "updated_after", zone)
    since, until = _span(given, now, zone, always=updated_after is None)
    page = _whole(given, "page", default=1)
    page_size = min(_whole(given, "page_size", default=MOST_ROWS), MOST_ROWS)
    given.check()
    if any(services.service(code) is None for code in codes):
        raise no_service()
    kept = tuple(dict.fromkeys(status.lower() for status in statuses))
    return Wanted((), since, until, kept, codes, page, page_size, updated_after)


def _several(given: Parameters, name: str) -> tuple[str, ...]:
    if sum(map(len, given.values.get(name, []))) > _MOST_RAW_CHARACTERS:
        given.complain(name, "Isian ini terlalu panjang.")
        return ()
    return given.several(name)


def _span(
    given: Parameters, now: datetime, zone: ZoneInfo, *, always: bool
) -> tuple[datetime | None, datetime | None]:  # fmt: skip
    """One end given: 90 days to or from it; none: the latest 90 days, or no span unless there is `always` one."""
    since, until = (_moment(given, name, zone) for name in ("start_date", "end_date"))
    if not (always or since or until):
        return None, None
    if since and until and since > until:
        given.complain("end_date", "end_date harus sesudah start_date.")
    elif since and until and until - since > LONGEST_SPAN:
        given.complain("end_date", f"Jangka waktunya paling lama {LONGEST_SPAN.days} hari.")
    last = until or (since + LONGEST_SPAN if since else now)
    return since or last - LONGEST_SPAN, last


def _moment(given: Parameters, name: str, zone: ZoneInfo) -> datetime | None:
    """W3C's forms of ISO 8601: an instant with its offset, or a day of the city's calendar."""
    text = given.text(name).strip()
    if not text:
        return None
    # A plus that was not encoded arrives as a blank.
    match = _INSTANT.fullmatch(text[:40].replace(" ", "+"))
    try:
        if match:
            found = datetime.fromisoformat(match[1][:26] + match[2])
        elif _DAY.fullmatch(text):
            found = datetime.fromisoformat(text).replace(tzinfo=zone)
        else:
            raise ValueError(text)
        if not 1900 <= found.year <= 9000:  # away from where calendars end
            raise ValueError(text)
    except ValueError:
        given.complain(
            name, "Tulis waktu dengan zonanya, misalnya 2026-11-24T00:00:00Z atau 2026-11-24T07:00:00+07:00."
        )
        return None
    return found


def _whole(given: Parameters, name: str, *, default: int) -> int:
    text = given.text(name).strip()
    if not text:
        return default
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        given.complain(name, "Isian ini harus bilangan bulat mulai dari 1.")
        return default
    return int(text)
