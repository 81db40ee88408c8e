"""Which faults strike, in which order: a pure function of the seed, so that a seed that failed fails again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One kind of fault on a menu: how often in proportion, whom it may hit, and how long it may last."""

    weight: float
    kind: str
    victims: tuple[str, ...]
    hold_seconds: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Strike:
    """One fault: it lasts `hold_seconds`, and the next one comes `rest_seconds` after its end."""

    kind: str
    victim: str
    hold_seconds: float
    rest_seconds: float

    @property
    def name(self) -> str:
        return f"{self.kind} {self.victim}"


def draw(
    seed: int, menu: Sequence[Choice], rest_seconds: tuple[float, float] = (0.3, 1.5), *, each_first: bool = False
) -> Iterator[Strike]:
    """Without end. `each_first`: every line of the menu once, in random order, before chance alone decides."""
    chance = random.Random(seed)
    weights = [choice.weight for choice in menu]
    first = chance.sample(menu, len(menu)) if each_first else []
    while True:
        choice = first.pop() if first else chance.choices(menu, weights)[0]
        victim = chance.choice(choice.victims)
        yield Strike(
            choice.kind, victim, round(chance.uniform(*choice.hold_seconds), 2), round(chance.uniform(*rest_seconds), 2)
        )


def kinds(menu: Sequence[Choice]) -> list[str]:
    return sorted({choice.kind for choice in menu})
