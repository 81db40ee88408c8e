"""A small picture of what became of the messages: a bar for each channel, a piece for each state. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.desk.sending.wording import STATES, channel_name
from shared.sentences import sentence, within

CHANNELS = ("email", "sms", "webhook", "amqp", "any", "none")
WIDTH = 1000
"""Of the widest bar, in the picture's own units."""
_NARROWEST = 6


@dataclass(frozen=True)
class Piece:
    """`start` and `width` in the picture's units."""

    state: str
    number: int
    start: int
    width: int


@dataclass(frozen=True)
class Bar:
    channel: str
    total: int
    pieces: Sequence[Piece]

    @property
    def words(self) -> str:
        """For who cannot see it."""
        told: str = channel_name(self.channel)
        for place, piece in enumerate(self.pieces):
            state = within(STATES[piece.state])
            if place:
                told = sentence("%(before)s, %(number)s %(state)s", before=told, number=piece.number, state=state)
            else:
                told = sentence("%(channel)s: %(number)s %(state)s", channel=told, number=piece.number, state=state)
        return told


def bars(counts: Mapping[tuple[str, str], int]) -> list[Bar]:
    """From counts by (state, channel); channels without any have no bar. A piece is never too narrow to be seen."""
    totals = {channel: sum(number for (_, one), number in counts.items() if one == channel) for channel in CHANNELS}
    most = max(totals.values(), default=0)
    return [Bar(channel, total, _pieces(counts, channel, most)) for channel, total in totals.items() if total]


def _pieces(counts: Mapping[tuple[str, str], int], channel: str, most: int) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for state in STATES:
        number = counts.get((state, channel), 0)
        if number:
            width = max(_NARROWEST, round(number * (WIDTH - _NARROWEST * len(STATES)) / most))
            pieces.append(Piece(state, number, start, width))
            start += width
    return pieces
