"""The headers of a mail, read leniently. Pure, and never fails.

Python's modern header parser raises on malformed headers, so they are read in the old way and decoded here, each step
falling back to what can still be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from services.intake.text import clean_line, decode_bytes

_MOST_HEADER_CHARACTERS = 2_000
_MOST_LIST_CHARACTERS = 20_000
_MOST_HEADERS = 2_000
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250}@[^<>\s]{1,250})>")
_LISTS = frozenset({"to", "cc", "references", "delivered-to", "x-original-to", "envelope-to"})


class Headers:
    """Raw text in which unknown bytes are surrogates; asked for by name in lower case."""

    def __init__(self, message: Message) -> None:
        self._raw: dict[str, list[str]] = {}
        for number, (name, value) in enumerate(message.raw_items()):
            if number >= _MOST_HEADERS:
                break
            most = _MOST_LIST_CHARACTERS if name.lower() in _LISTS else _MOST_HEADER_CHARACTERS
            self._raw.setdefault(name.lower(), []).append(str(value)[:most])

    def has(self, name: str) -> bool:
        return name in self._raw

    def count(self, name: str) -> int:
        return len(self._raw.get(name, ()))

    def text(self, name: str) -> str:
        """The first header of that name, decoded, on one line."""
        return clean_line(decode_words(self._first(name)))

    def word(self, name: str) -> str:
        """The first word of a structured header in lower case, without parameters: `auto-replied; x=y` is the first."""
        return self.text(name).lower().split(";")[0].strip()

    def all(self, name: str) -> tuple[str, ...]:
        """All headers of that name from the top, each on one line."""
        return tuple(clean_line(printable(value)) for value in self._raw.get(name, ()))

    def pairs(self) -> Iterator[tuple[str, str]]:
        for name, values in self._raw.items():
            for value in values:
                yield name, clean_line(decode_words(value))

    def address(self, name: str) -> tuple[str, str]:
        """(display name, address) of the first address that looks like one."""
        name_, address = next(((name_, address) for name_, address in self._addresses(self._first(name))), ("", ""))
        return clean_line(decode_words(name_)), clean_line(address)

    def addresses(self, *names: str) -> tuple[str, ...]:
        """All addresses in these headers, in lower case."""
        found = [
            clean_line(address).lower()
            for name in names
            for value in self._raw.get(name, ())
            for _, address in self._addresses(value)
        ]
        return tuple(dict.fromkeys(found))

    def message_ids(self, *names: str) -> tuple[str, ...]:
        """What stands between angle brackets and looks like a Message-ID."""
        found = [one for name in names for value in self._raw.get(name, ()) for one in _MESSAGE_ID.findall(value)]
        return tuple(dict.fromkeys(found))

    def moment(self, name: str) -> datetime | None:
        try:
            moment = parsedate_to_datetime(self.text(name))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            return None

    def _first(self, name: str) -> str:
        return self._raw.get(name, [""])[0]

    def _addresses(self, raw: str) -> list[tuple[str, str]]:
        try:
            pairs = getaddresses([printable(raw.replace("\r", " ").replace("\n", " "))])
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
            return []
        return [(name, address) for name, address in pairs if "@" in address]


def printable(raw: str) -> str:
    """Header text with its 8-bit bytes decoded."""
    return decode_bytes(raw.encode("utf-8", "surrogateescape"))


def decode_words(raw: str) -> str:
    """A header's value with its encoded words decoded; as it stands when they are malformed."""
    try:
        chunks = decode_header(printable(raw))
        return "".join(
            chunk if isinstance(chunk, str) else decode_bytes(chunk, charset if charset else None)
            for chunk, charset in chunks
        )
    except Exception:  # noqa: BLE001 - the parser of encoded words is known to raise whatever it likes
        return printable(raw)
