"""The ground of containers: the compose stack as an operator runs it, hurt by its engine.

What is planted is a message that nobody can read, since the image is the one that is shipped: it must end as the dead
letter of its queue's service. Notices are captured, which may be repeated without harm: so nothing may be uncertain.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import docker

from tests.chaos.load import Citizens
from tests.chaos.plan import Choice, Strike
from tests.compose import faults
from tests.compose.stack import EVERYTHING, SERVICES, Stack

BROKER, EVERYBODY = faults.BROKER, "everybody"
QUICK = (
    Choice(35, "kill", SERVICES),
    Choice(15, "kill", ("rabbitmq", "postgres", "proxy"), (0, 3)),
    Choice(20, "freeze", EVERYTHING, (1, 12)),
    Choice(10, "restart", EVERYTHING),
    Choice(20, "cut", EVERYTHING, (1, 8)),
)
"""Of the short form: what is over soon."""
MENU = (
    *QUICK,
    Choice(5, "freeze", EVERYTHING, (25, 30)),
    Choice(5, "cut", EVERYTHING, (25, 40)),
    Choice(6, "memory", (BROKER,), (2, 10)),
    Choice(6, "disk", (BROKER,), (2, 10)),
    Choice(3, "deploy", (EVERYBODY,)),
)
PLANTED_AS = "delivery.finished.v1"  # one service hears it: the desk
PLANT = Path(faults.__file__).parent / "plant_message.py"
HEALTHY_SECONDS = 120


class ComposeGround:
    def __init__(self, stack: Stack, menu: Sequence[Choice] = MENU) -> None:
        self.target = stack
        self.menu = menu

    def plant(self, citizens: Citizens) -> list[tuple[str, str]]:
        script = PLANT.read_text()
        self.target.compose("run", "--rm", "--entrypoint", "python", "operator", "-c", script, PLANTED_AS)
        return [("desk", "undecodable")]

    def strike(self, strike: Strike) -> None:
        faults.BY_KIND[strike.kind](self.target, strike.victim, strike.hold_seconds)

    def can(self, strike: Strike) -> bool:
        return strike.kind in faults.BY_KIND

    def complaints(self) -> list[str]:
        return []

    def heal(self) -> None:
        for service, container in self.target.containers().items():
            if service in EVERYTHING:
                faults.bring_back(container)
        self.target.await_healthy(deadline_seconds=HEALTHY_SECONDS)

    def arrived(self) -> Counter[str]:
        return Counter()

    @contextmanager
    def broker_dead(self) -> Iterator[None]:
        self.heal()
        container = self.target.containers()["rabbitmq"]
        container.kill()
        try:
            yield
        finally:
            faults.bring_back(container)
            self.target.await_healthy("rabbitmq", deadline_seconds=HEALTHY_SECONDS)

    def differences(self) -> list[str]:
        _, answer = self.target.operate("reconcile", "--json", "--older-than", "1")
        return [str(one) for one in json.loads(answer)["left"]]

    def most_uncertain(self, happened: Counter[str]) -> int:
        return 0


@contextmanager
def compose_ground(folder: Path, _seed: int) -> Iterator[ComposeGround]:
    """A stack of its own, removed with its data."""
    client = docker.from_env(timeout=120)
    stack = Stack(client, folder)
    try:
        stack.start()
        yield ComposeGround(stack)
    finally:
        stack.remove()
        client.close()
