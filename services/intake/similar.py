"""Whether two complaints near each other may be about the same thing, by their words. Pure.

Deliberately simple: it only decides what is offered to a person, who knows better. The router's matter, which agency
is in charge, is none of this.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

MOST_OFFERS = 3
NEAR_METRES = 300.0
LEAST_SHARE = 0.4
"""Of the words of the shorter text that the other one has too."""
LEAST_WORDS = 2
MOST_CHARACTERS = 300
"""Of each text: what it is about is said at its beginning."""
_EARTH_METRES = 6_371_000.0
_WORD = re.compile(r"[^\W_]+")
_LEAST_SIGNS = 3
_ENDING = "nya"
STOP_WORDS = frozenset((
    "ada", "adalah", "admin", "agar", "akan", "anda", "apa", "atas", "atau", "bagaimana", "banyak", "banget",
    "bapak", "bgt", "bisa", "buat", "cepat", "dalam", "dan", "dari", "daerah", "dekat", "dengan", "depan", "dgn",
    "di", "dlm", "dong", "gang", "gg", "hari", "harap", "hingga", "ibu", "ini", "itu", "jadi", "jalan", "jangan",
    "jika", "jl", "jln", "juga", "kalau", "kami", "kapan", "karena", "kasih", "kawasan", "kel", "kelurahan",
    "kecamatan", "kepada", "klo", "krn", "lagi", "lama", "lapor", "laporan", "lebih", "lingkungan", "lokasi",
    "malam", "masalah", "masih", "masyarakat", "mau", "mohon", "min", "minggu", "mulai", "nih", "oleh", "orang",
    "pada", "pak", "parah", "pemerintah", "perbaiki", "perbaikan", "pihak", "pun", "rumah", "saat", "saja",
    "sampai", "sangat", "satu", "saya", "sdh", "sebelah", "segera", "sejak", "sekali", "sekarang", "sekitar",
    "selalu", "selamat", "semua", "senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "sering", "setiap", "siang",
    "sore", "pagi", "sudah", "supaya", "tak", "tapi", "telah", "terima", "terkait", "tersebut", "tetapi", "tidak",
    "tlg", "tolong", "trims", "udah", "untuk", "utk", "warga", "wilayah", "yang", "yth",
))  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A complaint that might be the same; `at` sorts, the latest last."""

    complaint_id: str
    text: str
    at: float


def telling_words(text: str, spellings: Mapping[str, str], not_telling: Set[str] = frozenset()) -> frozenset[str]:
    """What a text is about, as a set of folded words; `spellings` says how people write them."""
    words = set()
    for found in set(_WORD.findall(_folded(text[:MOST_CHARACTERS]))) - STOP_WORDS - not_telling:
        for word in _folded(spellings[found]).split() if found in spellings else (found,):
            plain = word.removesuffix(_ENDING) if len(word) > len(_ENDING) + _LEAST_SIGNS else word
            if len(plain) >= _LEAST_SIGNS and plain not in STOP_WORDS and plain not in not_telling:
                words.add(plain)
    return frozenset(words)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def likeness(one: Set[str], other: Set[str]) -> float:
    """From 0 to 1; the same whichever comes first. 0 when too little is shared to say anything."""
    smaller = min(len(one), len(other))
    shared = len(one & other)
    if not smaller or shared < min(LEAST_WORDS, smaller):
        return 0.0
    return shared / smaller


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the surface of the earth, for degrees as (latitude, longitude)."""
    (latitude, longitude), (to_latitude, to_longitude) = one, other
    north = math.radians(to_latitude - latitude)
    east = math.radians(to_longitude - longitude)
    middle = math.sin(north / 2) ** 2
    middle += math.cos(math.radians(latitude)) * math.cos(math.radians(to_latitude)) * math.sin(east / 2) ** 2
    return 2 * _EARTH_METRES * math.asin(min(1.0, math.sqrt(middle)))


def degrees_around(latitude: float, metres: float = NEAR_METRES) -> tuple[float, float]:
    """Half the height and half the width of a box in degrees that holds everything within so many metres."""
    high = math.degrees(metres / _EARTH_METRES)
    return high, high / max(0.01, math.cos(math.radians(latitude)))


def most_similar(
    text: str, known: Sequence[Known], spellings: Mapping[str, str], not_telling: Set[str] = frozenset()
) -> tuple[Known, ...]:
    """At most three that may be the same, the most similar first, then the latest."""
    words = telling_words(text, spellings, not_telling)
    if not words:
        return ()
    rated = [(likeness(words, telling_words(one.text, spellings, not_telling)), one) for one in known]
    fitting = [(share, one) for share, one in rated if share >= LEAST_SHARE]
    fitting.sort(key=lambda pair: (-pair[0], -pair[1].at))
    return tuple(one for _, one in fitting[:MOST_OFFERS])
