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
from tests.support.mailbox import Mail

MENU = (
    Choice(35, "kill", SERVICES),
    Choice(15, "kill", ("rabbitmq", "postgres", "proxy"), (0, 3)),
    Choice(20, "freeze", EVERYTHING, (1, 12)),
    Choice(10, "restart", EVERYTHING),
    Choice(20, "cut", EVERYTHING, (1, 8)),
)
PLANTED_AS = "delivery.finished.v1"  # one service hears it: the desk
PLANT = Path(faults.__file__).parent / "plant_message.py"
HEALTHY_SECONDS = 120


class ComposeGround:
    menu = MENU

    def __init__(self, stack: Stack) -> None:
        self.target = stack

    def plant(self, citizens: Citizens) -> list[tuple[str, str]]:
        script = PLANT.read_text()
        self.target.compose("run", "--rm", "--entrypoint", "python", "operator", "-c", script, PLANTED_AS)
        return [("desk", "undecodable")]

    def strike(self, strike: Strike) -> None:
        faults.BY_KIND[strike.kind](self.target, strike.victim, strike.hold_seconds)

    def heal(self) -> None:
        self.target.await_healthy(deadline_seconds=HEALTHY_SECONDS)

    def mails(self) -> Sequence[Mail]:
        return ()

    def differences(self) -> list[str]:
        _, answer = self.target.operate("reconcile", "--json", "--older-than", "1")
        return [str(one) for one in json.loads(answer)["left"]]

    def most_uncertain(self, happened: Counter[str]) -> int:
        return 0


@contextmanager
def compose_ground(folder: Path) -> Iterator[ComposeGround]:
    """A stack of its own, removed with its data."""
    client = docker.from_env(timeout=120)
    stack = Stack(client, folder)
    try:
        stack.start()
        yield ComposeGround(stack)
    finally:
        stack.remove()
        client.close()
