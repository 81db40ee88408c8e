"""Negation: "bukan PJU-nya mati" is not about a dead lamp, but what follows may well be about a lamp.

A negating word cancels the next phrase only, never the rest of the sentence, and nothing across its end. A phrase which
holds the negating word itself ("tidak diangkut") means it that way and stays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from services.router.matcher import Hit
from services.router.text import STOP, Word
from shared.citypack import Negation


def drop_negated(hits: list[Hit], words: Sequence[Word], negations: Iterable[Negation]) -> list[Hit]:
    """The hits that nothing cancels. Vetoes are never cancelled."""
    counted = sorted((hit for hit in hits if not hit.phrase.veto), key=lambda hit: (hit.first, -hit.last))
    starts = [hit.first for hit in counted]
    covered = {index for hit in counted for index in range(hit.first, hit.last + 1)}
    cancelled: set[Hit] = set()
    for negation in negations:
        for index in _negators(words, negation):
            place = bisect_right(starts, index)
            if index not in covered and place < len(counted) and _reaches(index, counted[place], negation, words):
                cancelled.update(counted[place : bisect_right(starts, counted[place].last)])
    return [hit for hit in hits if hit not in cancelled]


def _negators(words: Sequence[Word], negation: Negation) -> list[int]:
    if negation.only_with and not any(word.text in negation.only_with for word in words):
        return []
    negating, unless = set(negation.words), set(negation.unless_next)
    return [
        index
        for index, word in enumerate(words)
        if word.text in negating and not (index + 1 < len(words) and words[index + 1].text in unless)
    ]


def _reaches(index: int, following: Hit, negation: Negation, words: Sequence[Word]) -> bool:
    if following.first - index > negation.reach:
        return False
    return all(words[place].gap != STOP for place in range(index + 1, following.first + 1))
