"""Durations as counts by bucket: two of them add up, and a quantile is known within 4.5 per cent. Pure.

Each bucket reaches to 2^(1/8) times its beginning; the answer is its geometric middle, so that it is off by a factor
of at most 2^(1/16). What took less than a minute is one bucket.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import ceil, log2

SMALLEST = 60
"""Seconds."""
_A_DOUBLING = 8
_LAST = 1 + _A_DOUBLING * 25
"""Its beginning is 64 years."""
MOST_OFF = 2 ** (1 / (2 * _A_DOUBLING)) - 1
"""By how much of itself a quantile may be off, from a minute on."""

Spans = dict[int, int]
"""How many durations are in each bucket; buckets without any are left out."""


def bucket_of(seconds: int) -> int:
    return 0 if seconds < SMALLEST else min(_LAST, 1 + int(_A_DOUBLING * log2(seconds / SMALLEST)))


def spans_of(durations: Iterable[int]) -> Spans:
    found: Spans = {}
    for seconds in durations:
        bucket = bucket_of(seconds)
        found[bucket] = found.get(bucket, 0) + 1
    return found


def add(into: Spans, more: Mapping[int, int]) -> None:
    for bucket, number in more.items():
        into[bucket] = into.get(bucket, 0) + number


def write_spans(spans: Mapping[int, int]) -> str:
    """As text: bucket, number, bucket, number … Texts joined by commas are read as what they make together."""
    return ",".join(f"{bucket},{number}" for bucket, number in sorted(spans.items())) or "0,0"


def read_spans(text: str) -> Spans:
    """A page reads a hundred thousand pairs, so the numbers are read as JSON, which costs a tenth."""
    found: Spans = {}
    numbers = iter(json.loads(f"[{text}]"))
    for bucket, number in zip(numbers, numbers, strict=True):
        found[bucket] = found.get(bucket, 0) + number
    return {bucket: number for bucket, number in found.items() if number}


def quantile(spans: Mapping[int, int], share: float) -> int | None:
    """Seconds, of the smallest duration that at least this share of all does not exceed; None when there are none."""
    total = sum(spans.values())
    rank, seen = max(1, ceil(share * total)), 0
    for bucket in sorted(spans):
        seen += spans[bucket]
        if seen >= rank and total:
            return _middle(bucket)
    return None


def _middle(bucket: int) -> int:
    return SMALLEST // 2 if bucket == 0 else round(SMALLEST * 2.0 ** ((bucket - 0.5) / _A_DOUBLING))
