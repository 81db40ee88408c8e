"""The two things in a photo's EXIF data that we want: which way up it is, and where it was taken.

A reader of its own, since whatever a stranger wrote there may be wrong: it looks at a bounded number of entries and
never raises. Everything else in these data is neither read nor kept.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

UPRIGHT = 1
_PREFIX = b"Exif\0\0"
_MOST_ENTRIES = 300
_ORIENTATION, _GPS = 0x0112, 0x8825
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_ASCII, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5


@dataclass(frozen=True)
class Exif:
    """`orientation` is 1 to 8 as the standard counts; the position, in degrees, has both parts or none."""

    orientation: int = UPRIGHT
    latitude: float | None = None
    longitude: float | None = None


def read_exif(data: bytes) -> Exif:
    """From the bytes of an EXIF block, with or without its prefix. What is missing or wrong counts as not given."""
    tiff = _Tiff.of(data.removeprefix(_PREFIX))
    if tiff is None:
        return Exif()
    main = dict(tiff.entries(tiff.first))
    orientation = tiff.number(main.get(_ORIENTATION), _SHORT)
    where = tiff.number(main.get(_GPS), _LONG)
    latitude, longitude = _position(tiff, where) if where else (None, None)
    return Exif(orientation if orientation in range(1, 9) else UPRIGHT, latitude, longitude)


def _position(tiff: _Tiff, where: int) -> tuple[float | None, float | None]:
    given = dict(tiff.entries(where))
    latitude = _degrees(tiff.rationals(given.get(_LATITUDE)), tiff.letter(given.get(_LATITUDE_REF)), "NS", 90)
    longitude = _degrees(tiff.rationals(given.get(_LONGITUDE)), tiff.letter(given.get(_LONGITUDE_REF)), "EW", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):  # 0, 0: no satellite was seen
        return None, None
    return latitude, longitude


def _degrees(parts: list[float], direction: str, directions: str, most: int) -> float | None:
    """Six decimals: a tenth of a metre."""
    if len(parts) != 3 or not direction or direction not in directions:
        return None
    degrees, minutes, seconds = parts
    if not all(math.isfinite(part) for part in parts) or not (0 <= minutes <= 60 and 0 <= seconds <= 60):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= most:
        return None
    return round(-value if direction == directions[1] else value, 6)


@dataclass(frozen=True)
class _Entry:
    type: int
    count: int
    value: bytes
    """Four bytes: the value, or where it stands."""


@dataclass(frozen=True)
class _Tiff:
    data: bytes
    order: str
    first: int

    @staticmethod
    def of(data: bytes) -> _Tiff | None:
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
        if order is None or len(data) < 8:
            return None
        return _Tiff(data, order, struct.unpack_from(order + "I", data, 4)[0])

    def entries(self, at: int) -> Iterator[tuple[int, _Entry]]:
        if at + 2 > len(self.data):
            return
        count = struct.unpack_from(self.order + "H", self.data, at)[0]
        for place in range(at + 2, at + 2 + 12 * min(count, _MOST_ENTRIES), 12):
            if place + 12 > len(self.data):
                return
            tag, type_, number, value = struct.unpack_from(self.order + "HHI4s", self.data, place)
            yield tag, _Entry(type_, number, value)

    def number(self, entry: _Entry | None, type_: int) -> int:
        """0 when it is not there."""
        if entry is None or entry.type != type_ or entry.count != 1:
            return 0
        return int(struct.unpack_from(self.order + ("H" if type_ == _SHORT else "I"), entry.value)[0])

    def letter(self, entry: _Entry | None) -> str:
        if entry is None or entry.type != _ASCII or not 1 <= entry.count <= 4:
            return ""
        return entry.value[:1].decode("ascii", "replace").upper()

    def rationals(self, entry: _Entry | None) -> list[float]:
        if entry is None or entry.type != _RATIONAL or not 1 <= entry.count <= 3:
            return []
        at = struct.unpack_from(self.order + "I", entry.value)[0]
        if at + 8 * entry.count > len(self.data):
            return []
        numbers = struct.unpack_from(f"{self.order}{2 * entry.count}I", self.data, at)
        return [above / below if below else math.nan for above, below in zip(numbers[::2], numbers[1::2], strict=True)]
