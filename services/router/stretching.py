"""How much more score a long text needs than a short one before its decision stands."""

from __future__ import annotations

from typing import TypeVar

N = TypeVar("N")
_POWER = 0.25


def stretch(words: N, usual: int) -> N:
    """What score and margin are multiplied by in a text of so many words, 1 at the `usual` number.

    It grows with the fourth root: a text 16 times as long needs twice as much. Takes a number or an array.
    """
    return (words / usual) ** _POWER  # type: ignore[operator,no-any-return]
