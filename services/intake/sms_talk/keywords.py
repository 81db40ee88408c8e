"""Keywords at the beginning of a text message. Pure.

An ordinary complaint must never be taken for one ("Status jalan di ...", "Stop kontak PJU rusak", "Belum ada
perbaikan", "Nilai 4 anak saya hilang"): a keyword counts only when it stands alone, or when a ticket follows it;
`NILAI` also when nothing but the number follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.intake.scores import read_bare_score
from shared.ids import read_ticket

STATUS, ADD, NOT_YET, RATE, STOP, START, HELP = "status", "add", "not_yet", "rate", "stop", "start", "help"
_WORDS = {
    "status": STATUS,
    "tambah": ADD,
    "belum": NOT_YET,
    "nilai": RATE,
    "stop": STOP,
    "berhenti": STOP,
    "mulai": START,
    "bantuan": HELP,
    "help": HELP,
    "info": HELP,
}
_FIRST = re.compile(r"^[^\w]*(?P<word>[a-z]+)(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"[^\s:;,#=/()\"'<>\[\]]+")
_MARKS = " \t\r\n.,:;!?#*=/-–()\"'<>[]"
_MOST_TOKENS = 4  # "CMH 4K7M 92 RX"
_LEAST_DIGITS = 2
"""Below that a ticket without its prefix might be a word of the language."""


@dataclass(frozen=True)
class Keyword:
    """`ticket` is None when there is none, or none that can be read (`misread` then); `rest` is what follows it."""

    word: str
    ticket: str | None = None
    rest: str = ""
    misread: bool = False


def read_keyword(text: str, prefix: str) -> Keyword | None:
    """None for everything that is not clearly a keyword. `prefix` is that of the city's tickets."""
    match = _FIRST.match(text[:2000])
    word = _WORDS.get(match["word"].lower()) if match else None
    if match is None or word is None:
        return None
    rest = match["rest"]
    if not rest.strip(_MARKS):
        return Keyword(word)
    if rest[0].isalnum() or rest[0] == "_":
        return None
    if word == RATE and (score := read_bare_score(rest)) is not None:
        return Keyword(word, rest=str(score))
    tokens = list(_TOKEN.finditer(rest))[:_MOST_TOKENS]
    for count in range(len(tokens), 0, -1):
        ticket = _ticket([token.group() for token in tokens[:count]], prefix)
        if ticket is not None:
            return Keyword(word, ticket, text[match.start("rest") + tokens[count - 1].end() :].strip(_MARKS))
    misread = _misread(rest, prefix)
    return None if misread is None else Keyword(word, None, rest[misread:].strip(_MARKS), misread=True)


def _ticket(tokens: list[str], prefix: str) -> str | None:
    """The ticket that exactly these tokens are."""
    signs = "".join(token.strip(_MARKS) for token in tokens)
    ticket = read_ticket(signs, prefix)
    if ticket is None or signs.upper().startswith(prefix.upper()):
        return ticket
    return ticket if sum(sign.isdigit() for sign in signs) >= _LEAST_DIGITS else None


def _misread(rest: str, prefix: str) -> int | None:
    """Where the words begin behind something that wants to be a ticket, with the prefix, and is none."""
    signs = r"(?:[0-9a-z]{4}[.–-][0-9a-z]{2,4}(?![0-9a-z])|(?=\S*\d)[0-9a-z]{2,8}(?:[.–-][0-9a-z]{2,6})*)"
    match = re.match(rf"\W*{re.escape(prefix)}[\s.–-]*{signs}", rest, re.IGNORECASE)
    return None if match is None else match.end()
