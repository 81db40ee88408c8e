"""Phrases found in the words of a text, all at once.

All phrases lie in one automaton over words (see `services.router.vocabulary`), so many cost hardly more than few. A
phrase is compared word by word, never inside a word and never across a comma or the end of a sentence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from itertools import compress

from ahocorasick_rs import AhoCorasick

from services.router.phrases import IDIOM, MOST_FREE_WORDS, SCORE, Hit, Phrase
from services.router.places import Survey
from services.router.text import COMMA, Lexicon, Reading
from services.router.vocabulary import UNKNOWN, Vocabulary

_Ranked = tuple[int, Phrase]
_Piece = tuple[int, Phrase, int]
_Span = tuple[int, int]
_Match = tuple[int, int, int]  # number of the pattern, first place, place behind the last
_NEARBY = 40
_BEFORE_ALL: _Match = (-1, -1, -1)


class PhraseTable:
    """All phrases of a rule set. The order in which they were given does not matter."""

    def __init__(self, phrases: Iterable[Phrase], lexicon: Lexicon) -> None:
        ordered = sorted((phrase for phrase in phrases if phrase.pieces), key=lambda one: one.order)
        given = [(rank, replace(phrase, rank=rank)) for rank, phrase in enumerate(ordered)]
        self._vocabulary = Vocabulary((word for _, one in given for piece in one.pieces for word in piece), lexicon)
        counted: dict[str, list[_Ranked]] = {}
        asides: dict[str, list[_Ranked]] = {}
        pieces: dict[str, list[_Piece]] = {}
        self._by_word: dict[str, list[tuple[int, Phrase, int, int]]] = {}
        for ranked in given:
            rank, phrase = ranked
            whole = counted if phrase.kind in (SCORE, IDIOM) else asides
            for number, words in enumerate(phrase.pieces):
                for spelt in self._vocabulary.spell(words):
                    if len(phrase.pieces) == 1:
                        whole.setdefault(spelt, []).append(ranked)
                    else:
                        pieces.setdefault(spelt, []).append((rank, phrase, number))
                for place, word in enumerate(words):
                    self._by_word.setdefault(word, []).append((rank, phrase, number, place))
        patterns = sorted(counted.keys() | asides.keys() | pieces.keys())
        # What is found by several patterns is kept once, since memory that is seldom looked at is slow.
        shared: dict[tuple[Phrase, ...], tuple[Phrase, ...]] = {}
        self._counted = [
            shared.setdefault(found, found)
            for found in (tuple([phrase for _, phrase in counted.get(pattern, ())]) for pattern in patterns)
        ]
        self._asides = {number: tuple(asides[pattern]) for number, pattern in enumerate(patterns) if pattern in asides}
        self._pieces = {number: tuple(pieces[pattern]) for number, pattern in enumerate(patterns) if pattern in pieces}
        lengths = [sum(map(len, phrase.pieces)) + MOST_FREE_WORDS * (len(phrase.pieces) - 1) for _, phrase in given]
        self._longest = max(lengths, default=0)
        self._rare = frozenset(self._asides.keys() | self._pieces.keys())
        self._lasting = frozenset(number for number, found in enumerate(self._counted) if any(map(_lasts, found)))
        self._never_counted = frozenset(number for number, found in enumerate(self._counted) if not found)
        self._automaton = AhoCorasick(patterns)

    def find(self, reading: Reading, survey: Survey, *, every_one: bool = True) -> tuple[list[Hit], list[Hit], bool]:
        """Every phrase in the text without its place expressions, and those which reach into such an expression.

        First what scores and idioms, then vetoes, conditions and thanks. Hits may overlap and are in no order. See
        `Survey` for what counts inside a place expression. Unless `every_one` is wanted, most of what `drop_shadowed`
        would drop may be missing, so that many phrases cost less; True in the end says that it would change nothing.
        """
        vocabulary, hidden = self._vocabulary, survey.hidden
        vocabulary.tidy()
        symbols = list(map(vocabulary.symbols.__getitem__, reading.tokens))
        every = list(compress(range(len(symbols)), symbols))
        if not hidden:
            return self._search(reading, "".join(symbols), every, every_one)
        seen = [index for index in every if index not in hidden]
        counted, asides, settled = self._search(reading, "".join([symbols[index] for index in seen]), seen, every_one)
        if any([symbols[index] > UNKNOWN for index in hidden]):
            around = self._around(hidden, every)
            more, beside, _ = self._search(reading, "".join([symbols[index] for index in around]), around, True)
            asides += [hit for hit in beside if _counts(hit, every, survey)]
            more = [hit for hit in more if _counts(hit, every, survey)]
            if more:
                return counted + more, asides, False
        return counted, asides, settled

    def _around(self, hidden: Set[int], every: Sequence[int]) -> Sequence[int]:
        """The words near enough to hidden ones to share a phrase with them."""
        begin = bisect_left(every, min(hidden)) - self._longest
        return every[max(begin, 0) : bisect_right(every, max(hidden)) + self._longest]

    def _search(
        self, reading: Reading, text: str, seen: Sequence[int], every_one: bool
    ) -> tuple[list[Hit], list[Hit], bool]:
        asides: list[Hit] = []
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        clauses, ranked = reading.clauses, self._counted
        whole = self._whole(matches, clauses, seen, every_one)
        counted = [
            (seen[start], -seen[end - 1], phrase.rank, phrase)
            for pattern, start, end in whole
            for phrase in ranked[pattern]
        ]
        spans = [found for found in matches if found[0] in self._rare] if self._rare else []
        for pattern, start, end in spans:
            first, last = seen[start], seen[end - 1]
            if clauses[first] == clauses[last]:
                asides += [(first, -last, rank, phrase) for rank, phrase in self._asides.get(pattern, ())]
        pieces = self._found_pieces(spans) if spans else {}
        more: list[Hit] = []
        if not self._vocabulary.odd.keys().isdisjoint(reading.tokens):
            more += self._search_odd(reading, seen, pieces)
        if pieces:
            more += _join(pieces, reading.gaps, seen)
        for hit in more:
            (counted if hit[3].kind in (SCORE, IDIOM) else asides).append(hit)
        return counted, asides, not every_one and not more and not self._lasting

    def _whole(
        self, matches: Sequence[_Match], clauses: Sequence[int], seen: Sequence[int], every_one: bool
    ) -> Sequence[_Match]:
        """The matches within a clause of what scores and of idioms; see `find` for `every_one`."""
        if self._never_counted:
            matches = [match for match in matches if match[0] not in self._never_counted]
        if every_one:
            return [match for match in matches if clauses[seen[match[1]]] == clauses[seen[match[2] - 1]]]
        kept = _drop_inner(matches, clauses, seen)
        if self._lasting:
            lasting = [match for match in matches if match[0] in self._lasting]
            if lasting:
                return sorted({*kept, *self._whole(lasting, clauses, seen, True)})
        return kept

    def _found_pieces(self, spans: Sequence[tuple[int, int, int]]) -> dict[_Piece, list[_Span]]:
        pieces: dict[_Piece, list[_Span]] = {}
        for pattern, start, end in spans:
            for piece in self._pieces.get(pattern, ()):
                pieces.setdefault(piece, []).append((start, end))
        return pieces

    def _search_odd(self, reading: Reading, seen: Sequence[int], pieces: dict[_Piece, list[_Span]]) -> list[Hit]:
        """What the automaton cannot see: phrases with a word that a token of the text has as a further form."""
        odd = self._vocabulary.odd
        found: set[tuple[int, int, int, int, Phrase]] = set()
        for place, index in enumerate(seen):
            for word in odd.get(reading.tokens[index], ()):
                for rank, phrase, number, offset in self._by_word[word]:
                    start = place - offset
                    end = start + len(phrase.pieces[number])
                    if start >= 0 and end <= len(seen) and _in_one_clause(reading.gaps, seen[start], seen[end - 1]):
                        words = zip(phrase.pieces[number], seen[start:end], strict=True)
                        if all(other in reading.tokens[at].forms for other, at in words):
                            found.add((start, end, rank, number, phrase))
        hits: list[Hit] = []
        for start, end, rank, number, phrase in sorted(found, key=lambda one: one[:4]):
            if len(phrase.pieces) == 1:
                hits.append((seen[start], -seen[end - 1], rank, phrase))
            else:
                pieces.setdefault((rank, phrase, number), []).append((start, end))
        return hits


def _drop_inner(matches: Sequence[_Match], clauses: Sequence[int], seen: Sequence[int]) -> list[_Match]:
    """Those within a clause that lie inside no other such one. They are given, and returned, in order of their ends."""
    kept = [_BEFORE_ALL]
    _, begun, ended = _BEFORE_ALL  # where the last one kept begins and ends
    for match in matches:
        _, start, end = match
        if end - start > 1 and clauses[seen[start]] != clauses[seen[end - 1]]:
            continue
        while start <= begun:
            kept.pop()
            _, begun, ended = kept[-1]
        if end != ended:
            kept.append(match)
            begun, ended = start, end
    return kept[1:]


def _lasts(phrase: Phrase) -> bool:
    """Whether a phrase matters even inside another one: idioms, and what speaks against an agency."""
    return phrase.kind == IDIOM or phrase.weight < 0


def _counts(hit: Hit, every: Sequence[int], survey: Survey) -> bool:
    """Whether a hit that was found with the place expressions in the text counts; see `Survey`."""
    first, last = hit[0], -hit[1]
    if first == last:
        return first in survey.free
    if first in survey.closed:
        return False
    hidden = survey.hidden
    return any(index in hidden for index in every[bisect_left(every, first) : bisect_left(every, last) + 1])


def _in_one_clause(gaps: Sequence[int], first: int, last: int) -> bool:
    return first == last or max(gaps[first + 1 : last + 1]) < COMMA


def _join(pieces: dict[_Piece, list[_Span]], gaps: Sequence[int], seen: Sequence[int]) -> list[Hit]:
    """Phrases with `*`: each piece one to three words behind the one before, in the same clause."""
    hits: list[Hit] = []
    for (rank, phrase, number), spans in pieces.items():
        if number:
            continue
        for later in range(1, len(phrase.pieces)):
            ends = dict(pieces.get((rank, phrase, later), ()))
            spans = [
                (start, ends[after])
                for start, end in spans
                for after in range(end + 1, end + 1 + MOST_FREE_WORDS)
                if after in ends and _in_one_clause(gaps, seen[start], seen[ends[after] - 1])
            ]
        hits += [(seen[start], -seen[end - 1], rank, phrase) for start, end in dict.fromkeys(spans)]
    return hits


def drop_shadowed(hits: list[Hit]) -> list[Hit]:
    """Hits in their order without those that lie inside a longer one, idioms included; idioms are dropped too."""
    hits.sort()
    kept: list[Hit] = []
    hidden: list[Hit] = []
    widest_first, widest_last = -1, 1
    for hit in hits:
        first, last, _, phrase = hit
        if last < widest_last:
            widest_first, widest_last = first, last
        if phrase.kind == IDIOM:
            hidden.append(hit)
        elif first == widest_first and last == widest_last:
            kept.append(hit)
        elif phrase.weight < 0 and not _lies_in_own(hit, [*hidden[-_NEARBY:], *kept[-_NEARBY:]]):
            # What speaks against an agency counts even inside the phrase of another one.
            kept.append(hit)
    return kept


def _lies_in_own(hit: Hit, longer: Iterable[Hit]) -> bool:
    first, last, _, phrase = hit
    return any(
        other.agency in ("", phrase.agency) and start <= first and end <= last for start, end, _, other in longer
    )
