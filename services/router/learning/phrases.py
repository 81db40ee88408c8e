"""What could become a phrase of a rule: one word to three neighbours, as the router itself would find them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product

Clauses = Sequence[Sequence[tuple[str, ...]]]
Found = dict[str, int]

LONGEST_PHRASE = 3
_OPENING_COUNTS = 2


def find_phrases(clauses: Clauses, opening_words: int) -> Found:
    """Every run of up to three words with how often it counts: twice when it begins among the first `opening_words`.

    `clauses` are the words that rules can see, each with all its forms; a phrase may be made of any of them.
    """
    found: Found = {}
    place = 0
    for clause in clauses:
        for index, forms in enumerate(clause):
            counts = _OPENING_COUNTS if place < opening_words else 1
            for length in range(1, LONGEST_PHRASE + 1):
                if index + length <= len(clause):
                    for words in product(forms, *clause[index + 1 : index + length]):
                        found.setdefault(" ".join(words), counts)
            place += 1
    return found


def choose_phrases(
    texts: Sequence[Clauses], found: Sequence[Found], least: int, is_readable: Callable[[str], bool]
) -> list[str]:
    """Phrases of at least `least` texts, sorted; of those in just the same texts only the plainest.

    A phrase is used only when each of its words was really written by somebody and `is_readable` agrees.
    """
    written = Counter(forms[0] for clauses in texts for clause in clauses for forms in clause)
    where: dict[str, list[tuple[int, int]]] = {}
    for number, phrases in enumerate(found):
        for phrase, counts in phrases.items():
            where.setdefault(phrase, []).append((number, counts))
    plainest: dict[tuple[tuple[int, int], ...], str] = {}
    for phrase in sorted(where, key=lambda phrase: _plainness(phrase, written)):
        places = where[phrase]
        if len(places) >= least and all(written[word] for word in phrase.split()) and is_readable(phrase):
            plainest.setdefault(tuple(places), phrase)
    return sorted(plainest.values())


def is_word_like(phrase: str, least_letters: int = 2) -> bool:
    """Letters only: no house numbers, no single letters."""
    return all(word.isalpha() and len(word) >= least_letters for word in phrase.split())


def _plainness(phrase: str, written: Counter[str]) -> tuple[int, int, str]:
    words = phrase.split()
    return len(words), -min(written[word] for word in words), phrase
