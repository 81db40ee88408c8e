"""The first word of an SMS or a mail can say who may learn the sender's name: TERBUKA or RAHASIA."""

from __future__ import annotations

import re

from services.intake.submission import DEFAULT_IDENTITY

_FIRST = re.compile(r"^\s*(terbuka|rahasia)\b[ \t]*([:#.,;!\-–]|\r?\n|$)?\s*", re.IGNORECASE)


def read_identity(text: str) -> tuple[str, str]:
    """The identity mode, and the text without the word that set it (when that word was no part of a sentence).

    `RAHASIA` counts however it is written, since it only hides more. `TERBUKA` gives a name away, and "terbuka" is
    also how a sentence can begin ("Terbuka lubang besar …"): it counts when it stands out, in capitals or before a
    mark.
    """
    match = _FIRST.match(text)
    if match is None:
        return DEFAULT_IDENTITY, text
    word, mark, rest = match.group(1), match.group(2), text[match.end() :]
    stands_out = mark is not None or (word.isupper() and not rest.isupper())
    if word.lower() == "rahasia":
        return "confidential", rest if stands_out else text
    return ("open", rest) if stands_out else (DEFAULT_IDENTITY, text)
