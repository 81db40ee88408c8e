"""Phrases found in words, all at once.

Phrases lie in a tree of words, so a thousand of them cost hardly more than ten. A phrase is compared word by word,
never inside a word and never across a comma or the end of a sentence, with the forms that `services.router.text` gives
a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.router.text import Word


@dataclass(frozen=True, slots=True)
class Phrase:
    """`rule` is empty for an idiom, which only hides what lies inside it; a `veto` phrase silences its rule."""

    rule: str
    text: str
    words: tuple[str, ...]
    weight: int = 0
    veto: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: `first` and `last` count in the list of all words of the text."""

    phrase: Phrase
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    below: dict[str, _Node] = field(default_factory=dict)
    ends: list[Phrase] = field(default_factory=list)


class PhraseTable:
    """All phrases of a rule set. The order in which they were given does not matter."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._root = _Node()
        for phrase in sorted(phrases, key=lambda phrase: (phrase.rule, phrase.text, phrase.veto)):
            node = self._root
            for word in phrase.words:
                node = node.below.setdefault(word, _Node())
            node.ends.append(phrase)

    def find(self, words: Sequence[Word], visible: Sequence[int]) -> list[Hit]:
        """Every phrase in those words of the text which are visible; hits may overlap."""
        hits: list[Hit] = []
        for place, first in enumerate(visible):
            if any(form in self._root.below for form in words[first].forms):
                hits.extend(
                    Hit(phrase, first, visible[last])
                    for node, last in self._walk(words, visible, place)
                    for phrase in node.ends
                )
        return hits

    def topic_length(self, words: Sequence[Word], first: int) -> int:
        """How many words the longest phrase or idiom has that begins at this word; 0 when none does."""
        if words[first].light:
            return 0
        visible = [index for index in range(first, min(first + 12, len(words))) if not words[index].light]
        lengths = [
            last + 1 for node, last in self._walk(words, visible, 0) if any(not phrase.veto for phrase in node.ends)
        ]
        return max(lengths, default=0)

    def _walk(self, words: Sequence[Word], visible: Sequence[int], place: int) -> list[tuple[_Node, int]]:
        """The nodes at which phrases end, with the place of their last word."""
        ends: list[tuple[_Node, int]] = []
        level = [self._root]
        clause = words[visible[place]].clause
        while level and place < len(visible) and words[visible[place]].clause == clause:
            level = [node.below[form] for node in level for form in words[visible[place]].forms if form in node.below]
            ends.extend((node, place) for node in level if node.ends)
            place += 1
        return ends


def drop_shadowed(hits: Iterable[Hit]) -> list[Hit]:
    """Hits without those that lie inside a longer one, idioms included; idioms themselves are dropped too.

    Veto phrases neither hide nor are hidden.
    """
    kept: list[Hit] = []
    widest = (-1, -1)
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last, hit.phrase.rule, hit.phrase.text)):
        if hit.phrase.veto:
            kept.append(hit)
            continue
        if hit.last > widest[1]:
            widest = (hit.first, hit.last)
        if (hit.first, hit.last) == widest and hit.phrase.rule:
            kept.append(hit)
    return kept
