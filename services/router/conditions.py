"""What must hold for a rule to speak: `all`, `any`, `not`, `near`, and facts about the complaint.

A condition looks at the words as they stand: negation and longer phrases do not change what it finds. Each holds or
does not; there is nothing between. What is not known (no channel, no place) is not one of the values asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.router.phrases import LONGEST_PHRASE

Spans = Sequence[tuple[int, int]]  # first and last word, in order


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the text. `minute` counts from midnight, in the city's time zone; None: unknown."""

    channel: str = ""
    kind: str = ""
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A text as conditions see it. `spans` holds where each phrase was found, `sentences` the number of each word's."""

    spans: Mapping[str, Spans] = field(default_factory=dict)
    sentences: Sequence[int] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    minute: int | None = None
    matches: Callable[[str], bool] = bool


@dataclass(frozen=True, slots=True)
class Words:
    text: str

    def holds(self, scene: Scene) -> bool:
        return bool(scene.spans.get(self.text))


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]

    def holds(self, scene: Scene) -> bool:
        return all(part.holds(scene) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]

    def holds(self, scene: Scene) -> bool:
        return any(part.holds(scene) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def holds(self, scene: Scene) -> bool:
        return not self.part.holds(scene)


@dataclass(frozen=True, slots=True)
class Near:
    """A phrase of the first group with one of each other group in its sentence, at most `within` words between them."""

    groups: tuple[tuple[str, ...], ...]
    within: int

    def holds(self, scene: Scene) -> bool:
        first, *others = (sorted(span for text in group for span in scene.spans.get(text, ())) for group in self.groups)
        return any(all(self._has_near(span, other, scene) for other in others) for span in first)

    def _has_near(self, span: tuple[int, int], others: Spans, scene: Scene) -> bool:
        place = bisect_left(others, (span[0] - self.within - LONGEST_PHRASE, 0))
        while place < len(others) and others[place][0] - span[1] - 1 <= self.within:
            start, end = others[place]
            if span[0] - end - 1 <= self.within and scene.sentences[start] == scene.sentences[span[0]]:
                return True
            place += 1
        return False


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` is `channel`, `kind`, `kecamatan` or `kelurahan`; `values` are compared in small letters."""

    name: str
    values: frozenset[str]

    def holds(self, scene: Scene) -> bool:
        return scene.facts.get(self.name, "").lower() in self.values


@dataclass(frozen=True, slots=True)
class Hours:
    """From minute `start` of the day up to, not including, minute `end`; past midnight when `end` is not later."""

    start: int
    end: int

    def holds(self, scene: Scene) -> bool:
        if scene.minute is None:
            return False
        if self.start < self.end:
            return self.start <= scene.minute < self.end
        return scene.minute >= self.start or scene.minute < self.end


@dataclass(frozen=True, slots=True)
class Pattern:
    expression: str

    def holds(self, scene: Scene) -> bool:
        return scene.matches(self.expression)


Condition = Words | AllOf | AnyOf | Not | Near | Fact | Hours | Pattern


def phrases_of(condition: Condition) -> Iterator[str]:
    """Every phrase that a condition asks for."""
    for leaf in leaves(condition):
        if isinstance(leaf, Words):
            yield leaf.text
        elif isinstance(leaf, Near):
            yield from (text for group in leaf.groups for text in group)


def patterns_of(condition: Condition) -> Iterator[str]:
    return (leaf.expression for leaf in leaves(condition) if isinstance(leaf, Pattern))


def leaves(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        yield condition


def as_data(condition: Condition) -> object:
    """The condition in plain lists, equal for conditions that say the same in another order."""
    if isinstance(condition, AllOf | AnyOf):
        parts = sorted((as_data(part) for part in condition.parts), key=repr)
        return [type(condition).__name__, parts]
    if isinstance(condition, Not):
        return ["Not", as_data(condition.part)]
    if isinstance(condition, Near):
        first, *others = (sorted(group) for group in condition.groups)
        return ["Near", first, sorted(others), condition.within]
    if isinstance(condition, Fact):
        return ["Fact", condition.name, sorted(condition.values)]
    if isinstance(condition, Hours):
        return ["Hours", condition.start, condition.end]
    return [type(condition).__name__, condition.text if isinstance(condition, Words) else condition.expression]
