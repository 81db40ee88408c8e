"""What is done to processes, broker, database, the ways between them, clocks, disks and messages.

Each fault is over when its function returns, also when something went wrong meanwhile.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.chaos.crowd import CROWD, Crowd
from tests.chaos.supervisor import Supervisor
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.small_disk import SmallDisk

EVERYBODY = "everybody"
STOP_SECONDS = 15.0
"""What an operator's container engine gives a service to end; they mean to be through within 10."""
SLOW_SECONDS = 0.25
JUMP_SECONDS = 100.0
"""Less than what a signed text message may be old."""
_THERE_SECONDS = 60

Hurt = Callable[[float], None]


@contextmanager
def begun(begin: Callable[[], object], end: Callable[[], object]) -> Iterator[None]:
    begin()
    try:
        yield
    finally:
        end()


def holding(begin: Callable[[], object], end: Callable[[], object]) -> Hurt:
    def hurt(seconds: float) -> None:
        with begun(begin, end):
            time.sleep(seconds)

    return hurt


class ProcessHands:
    """Of the services. `late` names those that did not end in time when they were asked to."""

    def __init__(self, system: Crowd, supervisor: Supervisor) -> None:
        self._system = system
        self._supervisor = supervisor
        self.late: list[str] = []

    def kill(self, name: str, seconds: float) -> None:
        self._supervisor.kill(self._alive(name))
        time.sleep(seconds)

    def freeze(self, name: str, seconds: float) -> None:
        process = self._alive(name)
        with begun(process.pause, process.resume):
            time.sleep(seconds)

    def deploy(self, _victim: str, _seconds: float) -> None:
        """One after the other, each as soon as the one before is there again."""
        for name in CROWD:
            try:
                self._supervisor.replace(self._alive(name), STOP_SECONDS)
            except TimeoutError as error:
                self.late.append(f"{name} did not end within {STOP_SECONDS:g} s: {error}")
            self._system.await_ready(_THERE_SECONDS)

    def jump(self, name: str, seconds: float, by: float) -> None:
        chosen = self._system.clocks.values() if name == EVERYBODY else [self._system.clocks[name]]
        with begun(lambda: [clock.turn(by) for clock in chosen], lambda: [clock.turn(0) for clock in chosen]):
            time.sleep(seconds)

    def _alive(self, name: str) -> Process:
        process = self._system.processes[name]
        eventually(lambda: process.alive, 20)
        return process


def broker_hurts(node: RabbitNode, vhost: str) -> dict[str, Hurt]:
    return {
        "kill": holding(node.kill9, node.start),
        "freeze": holding(node.pause, node.resume),
        "close": lambda _seconds: node.close_connections(vhost),
        "memory": holding(lambda: node.memory_alarm(True), lambda: node.memory_alarm(False)),
        "disk": holding(lambda: node.disk_alarm(True), lambda: node.disk_alarm(False)),
    }


def database_hurts(server: PostgresServer) -> dict[str, Hurt]:
    return {"kill": holding(server.kill9, server.start), "freeze": holding(server.pause, server.resume)}


def way_hurts(system: Crowd, name: str) -> dict[str, Hurt]:
    way = system.ways[name]
    return {
        "cut": holding(way.cut, way.heal),
        "silence": holding(way.swallow, way.heal),
        "slow": holding(lambda: way.slow(SLOW_SECONDS), way.heal),
    }


def disk_hurt(disk: SmallDisk) -> Hurt:
    return holding(disk.fill, disk.empty)


def heal(system: Crowd, node: RabbitNode, server: PostgresServer, disks: Sequence[SmallDisk]) -> None:
    """Whatever was left as it should not be; returns when every process says that it is ready."""
    for disk in disks:
        disk.empty()
    for clock in system.clocks.values():
        clock.turn(0)
    for way in system.ways.values():
        way.heal()
    server.heal()
    node.heal()
    for process in system.processes.values():
        if process.paused:
            process.resume()
    system.await_ready(_THERE_SECONDS)
