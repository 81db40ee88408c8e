"""Phrases that say the same: other spellings, other endings, parts of each other. Rules should hold one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.router.learning.arrays import Arrays

_ALIKE = 0.7
_BLOCK = 2_000  # phrases compared at once with all others, to bound memory


def drop_likenesses(counts: Any, names: Sequence[str], arrays: Arrays) -> list[int]:
    """The places of the phrases that stay, in order.

    `counts` is texts × phrases. Of two phrases which share at least 70 % of the texts that hold either, only the one of
    fewer words stays, of equally long ones that in more texts: its weight speaks for both.
    """
    np = arrays.np
    held = (counts > 0).astype(np.float32).tocsc()
    texts = np.asarray(held.sum(axis=0)).ravel()
    alike = _alike(held, texts, arrays)
    order = sorted(range(len(names)), key=lambda place: (names[place].count(" "), -texts[place], names[place]))
    gone: set[int] = set()
    for place in order:
        if place not in gone:
            gone.update(other for other in alike.get(place, ()) if other != place)
    return [place for place in range(len(names)) if place not in gone]


def _alike(held: Any, texts: Any, arrays: Arrays) -> dict[int, list[int]]:
    alike: dict[int, list[int]] = {}
    for start in range(0, len(texts), _BLOCK):
        shared = (held[:, start : start + _BLOCK].T @ held).tocoo()
        rows = shared.row + start
        near = shared.data >= _ALIKE * (texts[rows] + texts[shared.col] - shared.data)
        for one, other in zip(rows[near].tolist(), shared.col[near].tolist(), strict=True):
            if one != other:
                alike.setdefault(one, []).append(other)
    return alike
