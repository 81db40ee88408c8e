"""Negation: "bukan PJU-nya mati" is not about a dead lamp, but what follows may well be about a lamp.

A negating word cancels what begins at the next telling word, never the rest of the sentence, and nothing across its
end. An agency whose own phrase holds the negating word ("tidak diangkut") means it that way, so nothing is cancelled
for it there; the same goes for an idiom. What is cancelled for one agency never depends on the phrases of another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Set
from itertools import compress

from services.router.phrases import LONGEST_PHRASE, Hit
from services.router.text import STOP, Reading
from shared.citypack import Negation


class Negations:
    """The negating words of a city, ready for use on what was read with the same spellings."""

    def __init__(self, negations: Iterable[Negation]) -> None:
        self._by_word: dict[str, list[Negation]] = {}
        for negation in negations:
            for word in negation.words:
                self._by_word.setdefault(word, []).append(negation)

    def drop_negated(self, hits: list[Hit], idioms: list[Hit], reading: Reading, hidden: Set[int]) -> list[Hit]:
        """The hits, in order of place, that nothing cancels."""
        if not hits:
            return hits
        flags = [token.negates for token in reading.tokens]
        if True not in flags:
            return hits
        covered = {index for first, last, _, _ in idioms for index in range(first, 1 - last)}
        texts: set[str] = set()
        cancelled: set[Hit] = set()
        for index in compress(range(len(flags)), flags):
            for negation in self._by_word[reading.tokens[index].text] if index not in covered else ():
                texts = texts or {token.text for token in reading.tokens} if negation.only_with else texts
                if negation.only_with and texts.isdisjoint(negation.only_with):
                    continue
                telling = _telling_word(index, negation, reading, hidden)
                if telling is not None:
                    cancelled.update(_cancelled(hits, index, telling))
        return [hit for hit in hits if hit not in cancelled] if cancelled else hits


def _telling_word(index: int, negation: Negation, reading: Reading, hidden: Set[int]) -> int | None:
    tokens = reading.tokens
    if index + 1 < len(tokens) and tokens[index + 1].text in negation.unless_next:
        return None
    for place in range(index + 1, min(index + negation.reach, len(tokens) - 1) + 1):
        if reading.gaps[place] == STOP:
            return None
        token = tokens[place]
        if token.content and place not in hidden and token.text not in negation.over:
            return place
    return None


def _cancelled(hits: list[Hit], index: int, telling: int) -> Iterable[Hit]:
    """For each agency its hits that begin behind the negation up to the telling word, and those inside such a one."""
    place = bisect_left(hits, (index + 1,))
    if place == len(hits) or hits[place][0] > telling:
        return
    meant = _agencies_at(hits, index)
    reached: dict[str, int] = {}
    farthest = telling
    while place < len(hits) and hits[place][0] <= farthest:
        first, last, _, phrase = hits[place]
        if phrase.agency not in meant and first <= reached.get(phrase.agency, telling):
            reached[phrase.agency] = max(-last, reached.get(phrase.agency, -1))
            farthest = max(farthest, -last)
            yield hits[place]
        place += 1


def _agencies_at(hits: list[Hit], index: int) -> set[str]:
    """The agencies of which a phrase holds this word."""
    nearby = hits[bisect_left(hits, (index - LONGEST_PHRASE,)) : bisect_left(hits, (index + 1,))]
    return {phrase.agency for _, last, _, phrase in nearby if -last >= index}
