"""A text of several matters, taken apart: which stretch of it is about which."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from services.router.decision import Part
from services.router.scoring import Candidate
from services.router.text import Reading

_MOST_PARTS = 20


def in_different_clauses(candidates: Sequence[Candidate], reading: Reading) -> bool:
    """Whether no two of the candidates speak from the same clause."""
    seen: set[int] = set()
    for candidate in candidates:
        clauses = {reading.clauses[hit[0]] for hit in candidate.hits}
        if not clauses.isdisjoint(seen):
            return False
        seen |= clauses
    return True


def take_apart(candidates: Sequence[Candidate], reading: Reading) -> tuple[Part, ...]:
    """The stretches in order, each about the matter of one candidate; none when there is only one.

    A stretch begins with the clause in which its matter begins, or at its first word where two matters share a clause,
    and reaches to the next one.
    """
    begins = _begins(candidates, reading.clauses)
    if len(begins) < 2:
        return ()
    limits = [begin for begin, _ in begins[1:]] + [len(reading.ends)]
    starts, ends = reading.starts, reading.ends
    return tuple(
        [
            Part(candidate.agency, candidate.score, starts[begin], ends[limit - 1])
            for (begin, candidate), limit in zip(begins[:_MOST_PARTS], limits, strict=False)
        ]
    )


def _begins(candidates: Sequence[Candidate], clauses: Sequence[int]) -> list[tuple[int, Candidate]]:
    """The number of each stretch's first word."""
    found = [(hit[0], -hit[1], number) for number, candidate in enumerate(candidates) for hit in candidate.hits]
    found.sort()
    begins: list[tuple[int, Candidate]] = []
    reached, current = -1, -1
    for first, last, number in found:
        if number != current and first > reached:
            begin = first
            if begins and first:
                clause = bisect_left(clauses, clauses[first])
                begin = clause if clause > reached else first
            begins.append((begin if begins else 0, candidates[number]))
            current = number
        if last > reached:
            reached = last
    return begins
