"""What the desk sends of an entered complaint, read field by field. Pure.

What is wrong is collected, so that an officer hears all of it at once. Whoever calls this is our own desk: a field of
the wrong type is taken for an empty one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.submission import DEFAULT_IDENTITY, DEFAULT_KIND, Contact, Entry, KeptPhoto, Submission
from services.intake.text import clean_line
from shared.contracts.fields import ASSISTED_CHANNELS, SP4N, Place
from shared.errors import Refused
from shared.sentences import Sentence, sentence

ACCOUNT = "desk"
MOST_DAYS_AGO = 60
"""Between the arrival of a letter and its entry."""
MOST_YEARS_AGO = 10
MOST_OFFICE_CHARACTERS = 100
_CLOCK_SLACK = timedelta(minutes=5)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_POSITION = re.compile(r"(-?\d{1,2}(?:\.\d{1,15})?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)
_NUMBER = re.compile(r"[0-9]{4,15}")

CHANNEL = sentence("Pilih cara laporan ini sampai kepada Anda.")
NUMBER = sentence("Nomor SP4N-LAPOR! hanya terdiri atas angka. Contoh yang benar: 9165816.")
NUMBER_NEEDED = sentence("Laporan dari SP4N-LAPOR! perlu nomornya, supaya tidak tercatat dua kali. Contoh: 9165816.")
IN_FUTURE = sentence("Waktu ini belum tiba. Periksa tanggal dan jamnya.")
TOO_OLD = sentence(
    "Laporan yang diterima lebih dari %(days)s hari lalu tidak dapat dicatat di sini.", days=MOST_DAYS_AGO
)
NO_TIME = sentence("Waktu ini tidak dapat dibaca. Contoh yang benar: 2026-11-24 09:15.")
NO_DATE = sentence("Tanggal ini tidak dapat dibaca. Contoh yang benar: 2026-11-24.")
LONG_AGO = sentence("Tanggal ini lebih dari %(years)s tahun lalu. Periksa tahunnya.", years=MOST_YEARS_AGO)
POSITION = sentence("Titik lokasi ditulis sebagai lintang dan bujur. Contoh yang benar: -6.8841, 107.5412.")
OFFICE = sentence("Tempat penerimaan paling banyak %(most)s huruf.", most=MOST_OFFICE_CHARACTERS)


@dataclass
class Body:
    """A JSON object, and what was found wrong in it by field."""

    given: Mapping[str, Any]
    problems: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.given.get(name)
        return value if isinstance(value, str) else ""

    def part(self, name: str) -> Body:
        value = self.given.get(name)
        return Body(value if isinstance(value, Mapping) else {}, self.problems)

    def number(self, name: str) -> float | None:
        value = self.given.get(name)
        usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return float(value) if usable and isinstance(value, int | float) else None

    def texts(self, name: str) -> list[str]:
        value = self.given.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def complain(self, name: str, said: Sentence) -> None:
        self.problems.setdefault(name, said)


def read_submission(body: Body, photos: Sequence[KeptPhoto], *, now: datetime, zone: ZoneInfo) -> Submission:
    """Unchecked beyond what entering adds; what is wrong stands in the body's problems.

    Raises `Refused` (`bad_entry`) without a key or without saying who enters it: then the caller is at fault.
    """
    entry = _entry(body, _happened_on(body, now.astimezone(zone).date()))
    channel = body.text("channel")
    if channel not in ASSISTED_CHANNELS:
        body.complain("channel", CHANNEL)
    place, contact = body.part("place"), body.part("contact")
    latitude, longitude = _position(place)
    return Submission(
        channel=channel,
        account=ACCOUNT,
        text=_with_date(body.text("text"), entry.happened_on),
        provider_id=entry.key,
        place=Place(
            place.text("kecamatan") or None,
            place.text("kelurahan") or None,
            place.text("detail") or None,
            latitude,
            longitude,
        ),
        kind=body.text("kind") or DEFAULT_KIND,
        identity=body.text("identity") or DEFAULT_IDENTITY,
        contact=Contact(contact.text("email"), contact.text("phone"), contact.text("name")),
        size=len(body.text("text")),
        external_refs=_references(body, channel),
        photos=tuple(photos),
        same_id_same_content=True,
        language=body.text("language") if re.fullmatch(r"[a-z]{2}", body.text("language")) else "",
        entry=entry,
        received_at=_received_at(body, now),
    )


def _entry(body: Body, happened_on: date | None) -> Entry:
    key, by = body.text("idempotency_key"), body.part("entered_by")
    who = {name: clean_line(by.text(name))[:most] for name, most in (("login", 100), ("name", 200), ("role", 30))}
    if not _KEY.fullmatch(key) or not all(who.values()):
        raise Refused("a complaint is entered under a key of 16 to 64 signs, by somebody", code="bad_entry")
    office = clean_line(body.text("office"))
    if len(office) > MOST_OFFICE_CHARACTERS:
        body.complain("office", OFFICE)
    return Entry(
        key=key,
        **who,
        agency=clean_line(by.text("agency"))[:64],
        office=office[:MOST_OFFICE_CHARACTERS],
        happened_on=happened_on,
    )


def _references(body: Body, channel: str) -> dict[str, str]:
    number = clean_line(body.part("external_refs").text(SP4N)).removeprefix("#").replace(" ", "")
    if not number:
        if channel == SP4N:
            body.complain(SP4N, NUMBER_NEEDED)
        return {}
    if not _NUMBER.fullmatch(number):
        body.complain(SP4N, NUMBER)
    return {SP4N: number}


def _position(place: Body) -> tuple[float | None, float | None]:
    """Degrees as numbers, else as people copy them from a map."""
    written = place.text("position").strip()
    if not written:
        return place.number("latitude"), place.number("longitude")
    match = _POSITION.fullmatch(written)
    latitude, longitude = (float(match[1]), float(match[2])) if match else (91.0, 181.0)
    if abs(latitude) > 90 or abs(longitude) > 180:
        place.complain("position", POSITION)
        return None, None
    return latitude, longitude


def _received_at(body: Body, now: datetime) -> datetime | None:
    given = body.text("received_at")
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        body.complain("received_at", NO_TIME)
        return None
    if at.tzinfo is None:
        body.complain("received_at", NO_TIME)
    elif at > now + _CLOCK_SLACK:
        body.complain("received_at", IN_FUTURE)
    elif at < now - timedelta(days=MOST_DAYS_AGO):
        body.complain("received_at", TOO_OLD)
    else:
        return min(at.astimezone(UTC), now)
    return None


def _happened_on(body: Body, today: date) -> date | None:
    given = body.text("happened_on")
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        body.complain("happened_on", NO_DATE)
        return None
    if day > today:
        body.complain("happened_on", IN_FUTURE)
    elif day.year < today.year - MOST_YEARS_AGO:
        body.complain("happened_on", LONG_AGO)
    else:
        return day
    return None


_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip


def _with_date(text: str, day: date | None) -> str:
    """Below the text, as answers of Open311 are: whoever gets the complaint by whatever way reads it."""
    if day is None or not text.strip():
        return text
    return f"{text.rstrip()}\n\nTanggal kejadian: {day.day} {_MONTHS[day.month - 1]} {day.year}"
