"""Reading how content somebody is out of what he or she wrote: a number from 1 to 5, then words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCORE = re.compile(r"^\W*(?P<score>[1-5])(?:\s*/\s*5)?(?![\w/])(?P<mark>[\s.,:;!)*-]*)")
_OPINION = re.compile(
    r"(?:terima|trima|makasi|thank|thx|puas|bagus|baik|sangat|cukup|ok|cepat|mantap|luar biasa|lumayan|kurang"
    r"|tidak puas|kecewa|lambat|lama|bintang|star|dari|good|very|great|well|satisf|poor|bad|slow|fast|out of)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Score:
    score: int
    words: str = ""


def read_score(text: str) -> Score | None:
    """Of `4 cepat sekali`, `5/5`, `3 - lumayan`; None when it does not begin with a number from 1 to 5."""
    found = _SCORE.match(text)
    return None if found is None else Score(int(found["score"]), text[found.end() :].strip())


def read_bare_score(text: str) -> int | None:
    """A number from 1 to 5 and nothing else."""
    found = read_score(text)
    return found.score if found is not None and not any(map(str.isalnum, found.words)) else None


def read_first_line(text: str) -> Score | None:
    """The score with which a letter begins: `4`, `4, cepat`, `5 terima kasih`, but not `4 lampu masih padam`."""
    found = _SCORE.match(text.partition("\n")[0])
    if found is None:
        return None
    words = text[found.end() :].strip()
    stands_alone = found.end() == len(text.partition("\n")[0]) or found["mark"].strip() != ""
    return Score(int(found["score"]), words) if stands_alone or _OPINION.match(words) else None
