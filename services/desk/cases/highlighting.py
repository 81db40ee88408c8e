"""The words that decided, marked in the text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Span = tuple[int, int]
_MOST_SPANS = 60


@dataclass(frozen=True)
class Piece:
    text: str
    marked: bool


def spans_of(reasons: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Where the reasons of a decision stand in the original text, in code points."""
    return [(int(reason["start"]), int(reason["end"])) for reason in reasons][:_MOST_SPANS]


def marked(text: str, spans: Iterable[Span], hide: Callable[[str], str] | None = None) -> list[Piece]:
    """The text in pieces, those within a span marked. With `hide`, exactly the text `hide(text)`.

    A span that cuts through something hidden is left unmarked: marking never shows more than hiding leaves.
    """
    joined = _joined(spans, len(text))
    if hide is None:
        return _pieces(text, joined)
    hidden, kept = hide(text), list[Span]()
    for span in joined:
        if "".join(hide(piece.text) for piece in _pieces(text, [*kept, span])) == hidden:
            kept.append(span)
    return [Piece(hide(piece.text), piece.marked) for piece in _pieces(text, kept)] if kept else [Piece(hidden, False)]


def stretch(text: str, span: Span, hide: Callable[[str], str] | None = None) -> str:
    """What stands in the span. With `hide`, what `hide(text)` leaves of it, or nothing if it cuts a hidden part."""
    start, end = max(0, span[0]), min(span[1], len(text))
    if start >= end:
        return ""
    if hide is None:
        return text[start:end]
    before, inside, behind = hide(text[:start]), hide(text[start:end]), hide(text[end:])
    return inside if before + inside + behind == hide(text) else ""


def _joined(spans: Iterable[Span], length: int) -> list[Span]:
    """Within the text, sorted, without overlaps."""
    joined: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _pieces(text: str, spans: list[Span]) -> list[Piece]:
    pieces, position = [], 0
    for start, end in spans:
        pieces += [Piece(text[position:start], False), Piece(text[start:end], True)]
        position = end
    pieces.append(Piece(text[position:], False))
    return [piece for piece in pieces if piece.text]
