"""What in a message is not the citizen's own words: quoted mail, headers, signatures, the salutation, links.

These parts name agencies and firms that have nothing to do with the matter, so no rule may see them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick

_LINE = re.compile(
    r"^[ \t]*(?:>.*"
    r"|(?:from|dari|to|kepada|cc|date|tanggal|sent|dikirim|reply-to):.*"
    r"|(?:sent from my|dikirim dari|get outlook for|terkirim dari|unduh outlook) .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_TO_THE_END = re.compile(
    r"^(?:--[ \t]*$"
    r"|-{2,}[ \t]*(?:original message|pesan asli).*$"
    r"|(?:on|pada)[ \t].{5,200}(?:wrote|menulis)[ \t]*:[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(
    r"^[ \t]*(?:hormat (?:kami|saya)|salam(?: hormat)?|wassalam\w*|(?:best |kind )?regards|hatur nuhun|terima ?kasih)"
    r"[ \t]*[,.!]?[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_SALUTATION = re.compile(
    r"(?:(?:^|(?<=[.!\n]))[ \t]*(?:kepada|kpd)\b|\b(?:yth|yang terhormat)\b)[^\n]{0,80}?"
    r"(?=[,:;\n]|\b(?:mohon|mhn|tolong|tlg|saya|sy|kami|dengan|dgn|assalam\w*|selamat|bersama|ingin|mau|minta|di)\b|$)",
    re.IGNORECASE | re.MULTILINE,
)
_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<![^\s<>(,;:])[^\s@<>]{1,64}@[^\s@<>]+\.[^\s@<>]+", re.IGNORECASE)
_CLOSING_LINES = 6
# Each expression above needs one of its signs; looking for all of them at once first spares most texts the search.
_LINE_SIGNS = (
    *(">", "from:", "dari:", "to:", "kepada:", "cc:", "date:", "tanggal:", "sent:", "dikirim:", "reply-to:"),
    *("sent from my ", "dikirim dari ", "get outlook for ", "terkirim dari ", "unduh outlook "),
)
_END_SIGNS = ("--", "wrote", "menulis")
_SALUTATION_SIGNS = ("kepada", "kpd", "yth", "yang terhormat")
_CLOSING_SIGNS = ("hormat", "salam", "regards", "nuhun", "terima")
_LINK_SIGNS = ("http", "www.", "@")
_SIGNS = (*_LINE_SIGNS, *_END_SIGNS, *_SALUTATION_SIGNS, *_LINK_SIGNS, *_CLOSING_SIGNS)
_LINES_UP_TO, _ENDS_UP_TO = len(_LINE_SIGNS), len(_LINE_SIGNS) + len(_END_SIGNS)
_SALUTATIONS_UP_TO = _ENDS_UP_TO + len(_SALUTATION_SIGNS)
_LINKS_UP_TO = _SALUTATIONS_UP_TO + len(_LINK_SIGNS)
_SIGN_FINDER = AhoCorasick(_SIGNS)


def find_quoted(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of `text`, sorted and apart, that are not the citizen's words."""
    signs = {sign for sign, _, _ in _SIGN_FINDER.find_matches_as_indexes(text.lower(), overlapping=True)}
    if not signs:
        return []
    may_close = "\n" in text and max(signs) >= _LINKS_UP_TO
    may_quote = any(_LINES_UP_TO <= sign < _ENDS_UP_TO for sign in signs)
    end = _end_of_own_words(text, may_quote=may_quote, may_close=may_close)
    spans: list[tuple[int, int]] = []
    if any(sign < _LINES_UP_TO for sign in signs):
        spans += [(found.start(), found.end()) for found in _LINE.finditer(text, 0, end)]
    if any(_ENDS_UP_TO <= sign < _SALUTATIONS_UP_TO for sign in signs):
        spans += [(found.start(), found.end()) for found in _SALUTATION.finditer(text, 0, end)]
    if any(_SALUTATIONS_UP_TO <= sign < _LINKS_UP_TO for sign in signs):
        spans += [(found.start(), found.end()) for found in _LINK.finditer(text, 0, end)]
    if end < len(text):
        spans.append((end, len(text)))
    return list(_apart(sorted(spans)))


def _end_of_own_words(text: str, *, may_quote: bool, may_close: bool) -> int:
    ends = [len(text)]
    if may_quote:
        quoted = _TO_THE_END.search(text)
        if quoted and text[: quoted.start()].strip():
            ends.append(quoted.start())
    if may_close:
        closing = _CLOSING.search(text, _start_of_last_lines(text))
        if closing and text[: closing.start()].strip():
            ends.append(closing.start())
    return min(ends)


def _start_of_last_lines(text: str) -> int:
    start = len(text)
    for _ in range(_CLOSING_LINES):
        start = text.rfind("\n", 0, start)
        if start < 0:
            return 0
    return start


def _apart(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    reached = 0
    for start, end in spans:
        if end > reached:
            yield max(start, reached), end
            reached = end
