"""What is wrong with rules, in the language of whoever keeps them. The router says it in English. Pure.

The table knows every sentence of the router's lint by its places; a test holds the two together. A sentence that the
table does not know is shown as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.desk.rules.problem_sentences import SENTENCES
from shared.sentences import Sentence

_PLACE = re.compile(r"\\\{(\w+)\\\}")


def _pattern(english: str, place: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(rf"(?P<\1>{place})", re.escape(english)), re.DOTALL)


# First as if nobody wrote a backtick: so of two sentences that begin alike the right one is found.
_TABLE = [(_pattern(english, place), said) for place in ("[^`]*?", ".*?") for english, said in SENTENCES]


def say_problem(told: str) -> str:
    """A sentence of the router in Indonesian, to be said in other languages by `|said`."""
    for pattern, said in _TABLE:
        found = pattern.fullmatch(told)
        if found is not None:
            return Sentence(said, {name: value or "" for name, value in found.groupdict().items()})
    return told


def unknown(told: Iterable[str]) -> list[str]:
    """Those that the table does not know."""
    return [one for one in told if one and not isinstance(say_problem(one), Sentence)]
