"""Small letters without marks and invisible signs, and where each stood in the original."""

from __future__ import annotations

import re
import unicodedata

from services.router.memory import Memory

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPED_BREAK = re.compile(r"\\[nrt]")
# UTF-8 read as Windows-1252, as a broken gateway does with every emoji: "ðŸ™". No letters of a word.
_TWICE_ENCODED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]+"
)


def fold(text: str) -> tuple[str, list[int] | None]:
    """The text for reading, and for each of its characters the place in `text` (None: the same place)."""
    if "\\" in text:
        text = _ESCAPED_BREAK.sub("\n ", text)
    if text.isascii():
        return text.lower(), None
    text = _TWICE_ENCODED.sub(lambda found: " " * len(found.group()), text)
    if all(len(_PLAIN[sign]) == 1 for sign in set(_BEYOND_ASCII.findall(text))):
        return _BEYOND_ASCII.sub(lambda found: _PLAIN[found.group()], text).lower(), None
    return _fold_apart(text)


def _fold_apart(text: str) -> tuple[str, list[int]]:
    folded: list[str] = []
    offsets: list[int] = []
    for place, sign in enumerate(text):
        plain = sign.lower() if sign < "\x80" else _PLAIN[sign]
        folded.append(plain)
        offsets.extend([place] * len(plain))
    return "".join(folded), offsets


def _plain(sign: str) -> str:
    parts = unicodedata.normalize("NFKD", sign).casefold()
    return "".join(part for part in parts if unicodedata.category(part) not in {"Mn", "Cf"})


_PLAIN = Memory(_plain)
