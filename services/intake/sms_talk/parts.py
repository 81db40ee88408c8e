"""Parts of long text messages: which message may be one, which belong together, and in what order. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.gsm import CONCATENATED, SINGLE, UCS2_CONCATENATED, UCS2_SINGLE, is_gsm, septets

WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=2)
"""However many parts keep coming, after this those that are there go."""
LATE = timedelta(minutes=10)
"""So long after its message was accepted a part still belongs to it."""
MISSING = " […] "
_ROOM = 10
_ENDS = ".!?"


@dataclass(frozen=True)
class Part:
    """A stored part. `reference` is empty when the gateway told none; then `number` is the order of arrival."""

    part_key: str
    contact_key: str
    account: str
    reference: str
    number: int
    total: int
    received_at: datetime
    due_at: datetime

    @property
    def group(self) -> tuple[str, str, str, int]:
        return (self.contact_key, self.account, self.reference, self.total)


def fills_a_message(text: str) -> bool:
    """Whether it is as long as one part of a longer message, give or take a word: more may follow."""
    if is_gsm(text):
        return CONCATENATED - _ROOM <= septets(text) <= SINGLE
    return UCS2_CONCATENATED - _ROOM <= _ucs2_signs(text) <= UCS2_SINGLE


def breaks_off(text: str) -> bool:
    """Whether it fills a message and does not end like a sentence."""
    return fills_a_message(text) and not text.rstrip().endswith(tuple(_ENDS))


def is_complete(parts: Sequence[Part]) -> bool:
    """All of one group."""
    return bool(parts) and parts[0].total > 0 and len({part.number for part in parts}) >= parts[0].total


def ready_groups(waiting: Iterable[Part], now: datetime) -> list[list[Part]]:
    """Those waiting parts that are to be put together now: complete ones, and those that have waited long enough."""
    groups: dict[tuple[str, str, str, int], list[Part]] = defaultdict(list)
    for part in waiting:
        groups[part.group].append(part)
    return [in_order(group) for group in groups.values() if is_complete(group) or _due_at(group) <= now]


def in_order(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (part.number, part.received_at, part.part_key))


def join_numbered(texts: Sequence[tuple[int, str]], total: int) -> tuple[str, bool]:
    """(the whole, whether something is missing): parts by their number, a mark where some did not come."""
    by_number: dict[int, str] = {}
    for number, text in texts:
        if by_number.get(number) != text:  # the network may double a part
            by_number[number] = by_number.get(number, "") + text
    pieces = [by_number.get(number) for number in range(1, total + 1)]
    whole, gap = "", False
    for piece in pieces:
        if piece is None:
            gap = True
            continue
        whole = f"{whole.rstrip()}{MISSING}{piece.lstrip()}" if gap else whole + piece
        gap = False
    if gap:
        whole = whole.rstrip() + MISSING.rstrip()
    return whole.strip(), any(piece is None for piece in pieces)


def join_arrived(texts: Sequence[str]) -> str:
    """Parts without numbers, as they came. A part that is exactly full was cut inside a word, any other between two."""
    whole = ""
    for text in texts:
        whole += text if not whole or _is_exactly_full(texts[0]) or whole.endswith((" ", "\n")) else f" {text}"
    return whole


def _due_at(group: Sequence[Part]) -> datetime:
    return min(max(part.due_at for part in group), min(part.received_at for part in group) + LONGEST_WAIT)


def _is_exactly_full(text: str) -> bool:
    return (
        septets(text) in (SINGLE, CONCATENATED)
        if is_gsm(text)
        else _ucs2_signs(text) in (UCS2_SINGLE, UCS2_CONCATENATED)
    )


def _ucs2_signs(text: str) -> int:
    return len(text.encode("utf-16-be", "replace")) // 2
