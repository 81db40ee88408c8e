"""The alphabets of text messages (3GPP TS 23.038): what fits into one, and how signs are rewritten to fit.

One sign outside the GSM 7 bit alphabet turns the whole message to UCS-2, which holds less than half. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # each takes two places
_SIMPLER = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "})
SINGLE, CONCATENATED = 160, 153
UCS2_SINGLE, UCS2_CONCATENATED = 70, 67


def is_gsm(text: str) -> bool:
    """Whether a phone would send it in this alphabet."""
    return all(sign in _BASIC or sign in _EXTENDED for sign in text)


def to_gsm(text: str) -> str:
    """The text in this alphabet: letters lose their marks, what has no likeness becomes `?`."""
    return "".join(_nearest(sign) for sign in text.translate(_SIMPLER))


def has_likeness(text: str) -> bool:
    """Whether `to_gsm` leaves it readable: no sign of it would become `?`."""
    return all(sign == "?" or _nearest(sign) != "?" for sign in text.translate(_SIMPLER))


def septets(text: str) -> int:
    """The places that a text of this alphabet takes. Raises `ValueError` for any other sign."""
    foreign = set(text) - _BASIC - _EXTENDED
    if foreign:
        raise ValueError(f"not in the GSM alphabet: {sorted(foreign)!r}")
    return len(text) + sum(sign in _EXTENDED for sign in text)


def segments(text: str) -> int:
    """How many messages the network carries it in. What takes two places is never split between two."""
    if is_gsm(text):
        return _counted([2 if sign in _EXTENDED else 1 for sign in text], SINGLE, CONCATENATED)
    return _counted([2 if sign > "\uffff" else 1 for sign in text], UCS2_SINGLE, UCS2_CONCATENATED)


def _counted(places: Sequence[int], single: int, concatenated: int) -> int:
    if sum(places) <= single:
        return 1
    count, room = 1, concatenated
    for need in places:
        if need > room:
            count, room = count + 1, concatenated
        room -= need
    return count


def _nearest(sign: str) -> str:
    if sign in _BASIC or sign in _EXTENDED:
        return sign
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    return plain if plain and all(part in _BASIC or part in _EXTENDED for part in plain) else "?"
