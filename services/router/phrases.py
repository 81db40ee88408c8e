"""Phrases as rules hold them: words in their order, and `*` for one to three words of whatever kind."""

from __future__ import annotations

from dataclasses import dataclass

from services.router.text import Lexicon

FREE = "*"
MOST_FREE_WORDS = 3
LONGEST_PHRASE = 40  # words, place expressions and fillers between them included

# What a phrase is for: its weight, hiding what lies inside, silencing its rule, a condition, or thanks.
SCORE, IDIOM, VETO, CONDITION, THANKS, UNLESS = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """`pieces` are the runs of words between the `*`; `rule` and `agency` are empty where it belongs to no rule."""

    text: str
    pieces: tuple[tuple[str, ...], ...]
    kind: int = SCORE
    rule: str = ""
    agency: str = ""
    weight: int = 0
    rank: int = -1

    @property
    def order(self) -> tuple[int, str, str, int]:
        """The heaviest first, else by name: an order that does not depend on where it was written."""
        return (-abs(self.weight), self.rule, self.text, self.kind)


Hit = tuple[int, int, int, Phrase]
"""A phrase found: its first word, minus its last word, the phrase's rank, the phrase. So hits sort by place, the longer
before the shorter, at the same words by rank. Ranks are unique in a rule set; the heavier phrase has the lower one."""


class BadPhrase(ValueError):
    """`str` says what is wrong, `instead` what to write."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.instead = instead


def split_phrase(text: str, lexicon: Lexicon) -> tuple[tuple[str, ...], ...]:
    """The pieces of a phrase as compared; none when no word of it counts. Raises `BadPhrase`."""
    parts = text.split()
    for part in parts:
        if part != FREE and set(part) & _PATTERN_SIGNS:
            raise BadPhrase(
                f"`{text}` looks like a pattern.",
                "Phrases are words as written, with `*` between spaces for one to three free words; "
                "a regular expression goes under `patterns:`.",
            )
    if FREE in (parts[:1] or [""])[0] or FREE in (parts[-1:] or [""])[0] or f"{FREE} {FREE}" in " ".join(parts):
        raise BadPhrase(
            f"`{text}` begins or ends with `*`, or doubles it.", "Put one `*` between words: `pohon * kabel`."
        )
    pieces = tuple(lexicon.words_of(piece) for piece in " ".join(parts).split(f" {FREE} "))
    if len(pieces) > 1 and not all(pieces):
        raise BadPhrase(f"Beside the `*` of `{text}` stands no word that counts.", "Use telling words on both sides.")
    return pieces if all(pieces) else ()


_PATTERN_SIGNS = frozenset("*?[]{}|^$\\+")
