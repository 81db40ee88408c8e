"""Complaints with the agency that a person chose, whatever they come from: a file, the desk, transfers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_MASK = re.compile(r"<[A-Z_]{1,20}>")


@dataclass(frozen=True, slots=True)
class Labelled:
    """`label` is the code of an agency. Several stand in the order of time: rules are tried on the last ones."""

    id: str
    text: str
    label: str


def frequent_labels(examples: Iterable[Labelled], least: int) -> tuple[str, ...]:
    """Labels with at least so many examples, sorted. Of fewer nothing can be learned but accidents."""
    counts = Counter(example.label for example in examples)
    return tuple(sorted(label for label, count in counts.items() if count >= least))


def without_masks(text: str) -> str:
    """Signs such as `<NAMA>` stand for what was removed: no words themselves, and they part their neighbours."""
    return _MASK.sub(", ", text)
