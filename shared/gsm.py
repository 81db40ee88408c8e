"""The alphabet of text messages (3GPP TS 23.038, GSM 7 bit): what fits into one, and how other signs are rewritten.

One sign outside this alphabet would turn the whole message to UCS-2 and halve what fits. Pure.
"""

from __future__ import annotations

import unicodedata

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


def septets(text: str) -> int:
    """The places that a text of this alphabet takes. Raises `ValueError` for any other sign."""
    foreign = set(text) - _BASIC - _EXTENDED
    if foreign:
        raise ValueError(f"not in the GSM alphabet: {sorted(foreign)!r}")
    return len(text) + sum(sign in _EXTENDED for sign in text)


def segments(text: str) -> int:
    """How many messages the network carries it in. An extended sign is never split between two."""
    if septets(text) <= SINGLE:
        return 1
    count, room = 1, CONCATENATED
    for sign in text:
        need = 2 if sign in _EXTENDED else 1
        if need > room:
            count, room = count + 1, CONCATENATED
        room -= need
    return count


def _nearest(sign: str) -> str:
    if sign in _BASIC or sign in _EXTENDED:
        return sign
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    return plain if plain and all(part in _BASIC or part in _EXTENDED for part in plain) else "?"
