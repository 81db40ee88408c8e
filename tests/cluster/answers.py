"""What citizens saw: when each had something to say, and when he was answered what. Pure."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GOOD = range(200, 300)


@dataclass(frozen=True)
class Answer:
    """Of a citizen's first attempt. `status` 0: nobody answered. Times in seconds of one clock."""

    due_at: float
    at: float
    status: int

    @property
    def good(self) -> bool:
        return self.status in GOOD


def refused(answers: Iterable[Answer]) -> int:
    return sum(not answer.good for answer in answers)


def slowest_seconds(answers: Iterable[Answer]) -> float:
    return max((answer.at - answer.due_at for answer in answers), default=0.0)


def gap_of_acceptance(answers: Sequence[Answer]) -> float:
    """The longest time for which somebody had something to say and nobody was told that it is taken.

    0 when each got his receipt at once, or as soon as a busy machine could; else from when somebody who got none had it
    until anybody's next receipt, for the worst.
    """
    receipts = sorted(answer.at for answer in answers if answer.good)
    ends = max((answer.at for answer in answers), default=0.0)
    waits = (
        next((at for at in receipts if at >= answer.due_at), ends) - answer.due_at
        for answer in answers
        if not answer.good
    )
    return max(waits, default=0.0)


def longest_pause(moments: Iterable[float], began: float, ended: float) -> float:
    """The longest time without any of the moments that begins within the window; it may last beyond."""
    rising = [began, *sorted(moment for moment in moments if moment >= began)]
    pauses = (later - earlier for earlier, later in itertools.pairwise(rising) if earlier <= ended)
    return max(pauses, default=0.0) if len(rising) > 1 else ended - began
