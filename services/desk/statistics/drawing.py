"""Pictures of what was counted, as places in a drawing of 360 by 190 units. Pure; a page makes SVG of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 12, 24
_MOST_LABELS = 6


@dataclass(frozen=True)
class Tick:
    """`value` in the unit of the numbers, at `y`."""

    value: float
    y: float


@dataclass(frozen=True)
class Label:
    """Of the point with this number, at `x`; `anchor` as SVG has it."""

    point: int
    x: float
    anchor: str


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Curve:
    """`lines` are its unbroken parts, each as SVG's `points`; `dots` every point that has a value."""

    lines: Sequence[str]
    dots: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    ticks: Sequence[Tick]
    labels: Sequence[Label]
    boxes: Sequence[Box] = ()
    curves: Sequence[Curve] = ()


def columns(numbers: Sequence[float]) -> Chart:
    """A column for each number."""
    top = nice(max(numbers, default=0))
    step = _step(len(numbers))
    wide = max(1.5, step * 0.7)
    boxes = []
    for place, number in enumerate(numbers):
        y = _y(number, top)
        boxes.append(Box(round(_x(place, step) - wide / 2, 1), y, round(wide, 1), round(_y(0, top) - y, 1)))
    return Chart(_ticks(top), _labels(len(numbers)), boxes)


def curves(*several: Sequence[float | None], top: float | None = None) -> Chart:
    """A line for each; one that has no value somewhere is broken there. `top`: the highest value, if it is known."""
    known = [number for one in several for number in one if number is not None]
    top = nice(max(known, default=0)) if top is None else top
    count = max((len(one) for one in several), default=0)
    return Chart(_ticks(top), _labels(count), curves=[_curve(one, top) for one in several])


def nice(most: float) -> float:
    """The next number of 1, 2, 4, 6 or 10 times a power of ten, 2 at least: its half is easily read as well."""
    if most <= 2:
        return 2
    power = 10.0 ** floor(log10(most))
    return next(one * power for one in (1, 2, 4, 6, 10) if one * power >= most * (1 - 1e-9))


def _curve(numbers: Sequence[float | None], top: float) -> Curve:
    step = _step(len(numbers))
    parts: list[list[str]] = [[]]
    dots = []
    for place, number in enumerate(numbers):
        if number is None:
            parts.append([])
            continue
        x, y = round(_x(place, step), 1), _y(number, top)
        parts[-1].append(f"{x},{y}")
        dots.append((x, y))
    return Curve([" ".join(part) for part in parts if len(part) > 1], dots)


def _ticks(top: float) -> list[Tick]:
    return [Tick(value, _y(value, top)) for value in (0, top / 2, top)]


def _labels(count: int) -> list[Label]:
    """Some of the points, the first among them, so that the words have room."""
    every = max(1, ceil(count / _MOST_LABELS))
    step = _step(count)
    return [Label(place, round(_x(place, step), 1), "middle") for place in range(0, count, every)]


def _step(count: int) -> float:
    return (WIDTH - LEFT - RIGHT) / max(1, count)


def _x(place: int, step: float) -> float:
    return LEFT + step * (place + 0.5)


def _y(number: float, top: float) -> float:
    share = min(1.0, number / top)
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)
