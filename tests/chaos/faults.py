"""What is done to the running system, drawn by chance from a seed: the same seed draws the same faults."""

import random
import time
from collections import Counter
from collections.abc import Callable

from tests.chaos.supervisor import Supervisor
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import System


class Faults:
    """Faults on a process per service, RabbitMQ and PostgreSQL. `happened` counts them by name."""

    def __init__(
        self, seed: int, system: System, supervisor: Supervisor, node: RabbitNode, server: PostgresServer
    ) -> None:
        self._random = random.Random(seed)
        self._system = system
        self._supervisor = supervisor
        self._node = node
        self._server = server
        self.happened: Counter[str] = Counter()
        self._choices: list[tuple[int, Callable[[], str]]] = [
            (60, self._kill_service),
            (10, self._freeze_service),
            (8, self._kill_broker),
            (6, self._freeze_broker),
            (6, self._cut_connections),
            (5, self._alarm),
            (5, self._kill_database),
        ]

    def strike(self) -> None:
        """One fault, and a pause after it."""
        weights = [weight for weight, _ in self._choices]
        (_, fault), *_ = self._random.choices(self._choices, weights)
        self.happened[fault()] += 1
        time.sleep(0.3 + self._random.random() * 1.2)

    @property
    def notifier_kills(self) -> int:
        return self.happened["kill notifier"]

    def _kill_service(self) -> str:
        name = self._random.choice(sorted(self._system.processes))
        process = self._system.processes[name]
        eventually(lambda: process.alive, 20)
        self._supervisor.kill(process)
        return f"kill {name}"

    def _freeze_service(self) -> str:
        name = self._random.choice(sorted(self._system.processes))
        process = self._system.processes[name]
        eventually(lambda: process.alive, 20)
        process.pause()
        time.sleep(1 + self._random.random() * 3)
        process.resume()
        return f"freeze {name}"

    def _kill_broker(self) -> str:
        self._node.kill9()
        time.sleep(self._random.random() * 2)
        self._node.start()
        return "kill broker"

    def _freeze_broker(self) -> str:
        self._node.pause()
        time.sleep(2 + self._random.random() * 6)
        self._node.resume()
        return "freeze broker"

    def _cut_connections(self) -> str:
        self._node.heal()
        self._node.close_connections(self._system.vhost)
        return "cut connections"

    def _alarm(self) -> str:
        self._node.memory_alarm(True)
        time.sleep(2 + self._random.random() * 4)
        self._node.memory_alarm(False)
        return "memory alarm"

    def _kill_database(self) -> str:
        self._server.kill9()
        time.sleep(self._random.random() * 2)
        self._server.start()
        return "kill database"
