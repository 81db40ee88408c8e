"""Words for codes, and how a moment and a place are written, from a language's `phrases.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from shared.marked_yaml import Section

PHRASES = "phrases.yaml"
_MOMENT_FIELDS = ("weekday", "day", "month", "year", "time", "hour", "minute", "zone")


@dataclass(frozen=True)
class Phrases:
    """`emergency` says what emergency numbers are for in this language; else it is said as `city.yaml` does."""

    kinds: Mapping[str, str]
    channels: Mapping[str, str]
    identities: Mapping[str, str]
    place: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    moment: str
    clock: str
    emergency: Mapping[str, str] = field(default_factory=dict)
    clocks: Mapping[str, str] = field(default_factory=dict)
    """What the deadlines of `deadlines.yaml` are called to agencies; another is called by its code."""
    rungs: Mapping[str, str] = field(default_factory=dict)
    """Who is told of a deadline; another is called by its code."""

    def moment_text(self, at: datetime, zone: tzinfo) -> str:
        """In the city's time zone and language, for instance `Selasa, 24 November 2026 pukul 14.05 WIB`."""
        return self._written(self.moment, at, zone)

    def clock_text(self, at: datetime, zone: tzinfo) -> str:
        """Only the time of day, for instance `pukul 14.05 WIB`."""
        return self._written(self.clock, at, zone)

    def _written(self, pattern: str, at: datetime, zone: tzinfo) -> str:
        local = at.astimezone(zone)
        return pattern.format(
            weekday=self.weekdays[local.weekday()],
            day=local.day,
            month=self.months[local.month - 1],
            year=local.year,
            time=local.strftime("%H.%M"),
            hour=local.strftime("%H"),
            minute=local.strftime("%M"),
            zone=local.tzname() or "",
        )

    def place_text(self, kecamatan: str | None, kelurahan: str | None, detail: str | None) -> str:
        """From the spot to the whole; `unknown` when nothing is known."""
        parts = [
            detail or "",
            self.place["kelurahan"].format(kelurahan) if kelurahan else "",
            self.place["kecamatan"].format(kecamatan) if kecamatan else "",
        ]
        return ", ".join(part for part in parts if part) or self.place["unknown"]


def read_phrases(part: Section) -> Phrases:
    """Never raises; what is wrong is noted in the section's problems."""
    found = Phrases(
        kinds=_words(part, "kinds"),
        channels=_words(part, "channels"),
        identities=_words(part, "identities", needed=("anonymous", "open", "confidential")),
        place=_words(part, "place", needed=("kelurahan", "kecamatan", "unknown")),
        weekdays=_counted(part, "weekdays", 7),
        months=_counted(part, "months", 12),
        moment=part.text("moment"),
        clock=part.text("clock"),
        emergency={number: label for number, label, _ in part.pairs("emergency_numbers")},
        clocks={code: words for code, words, _ in part.pairs("clocks")},
        rungs={code: words for code, words, _ in part.pairs("rungs")},
    )
    for name in ("kelurahan", "kecamatan"):
        _check_format(part, "place", found.place.get(name, ""), "{} where the name belongs")
    for key, pattern in (("moment", found.moment), ("clock", found.clock)):
        _check_format(part, key, pattern, ", ".join(_MOMENT_FIELDS))
    part.finish()
    return found


def _check_format(part: Section, key: str, text: str, known: str) -> None:
    """Plain fields only: widths such as `{day:>999999999}` and a way into a value (`{day.real}`) are refused."""
    usable = not any(set(inner.partition("}")[0]) & set(":!.[") for inner in text.split("{")[1:])
    try:
        if usable:  # asked first: to fill in such a width takes seconds and a gigabyte
            text.format("", **dict.fromkeys(_MOMENT_FIELDS, ""))
    except (KeyError, ValueError, IndexError, AttributeError):
        usable = False
    if not usable:
        part.complain(f"`{key}` cannot be used.", f"Known: {known}.", part.line_of(key))


def _words(part: Section, key: str, needed: tuple[str, ...] = ()) -> Mapping[str, str]:
    words = {name: text for name, text, _ in part.pairs(key, required=True)}
    for name in needed:
        if name not in words:
            part.complain(f"`{key}` lacks `{name}`.", f"Add a line `{name}: …`.", part.line_of(key))
    return words


def _counted(part: Section, key: str, count: int) -> tuple[str, ...]:
    words = part.texts(key, required=True)
    if len(words) != count:
        part.complain(f"`{key}` should list {count} names.", "Write them in order.", part.line_of(key))
    return words
