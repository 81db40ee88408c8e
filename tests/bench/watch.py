"""What the processes of a bench use while something is measured."""

from __future__ import annotations

import os
import threading
from typing import Self

from tests.bench.report import cpu_seconds, family_cpu_seconds, resident_megabytes
from tests.bench.stack import Bench

_LOOK_EVERY_SECONDS = 2.0


class Watch:
    """Memory and processor time of every process while it lasts."""

    def __init__(self, bench: Bench) -> None:
        self._programs = {**bench.system.processes, "PostgreSQL": bench.server.server, "RabbitMQ": bench.node.server}
        self._services = bench.system.processes
        self._over, self._thread = threading.Event(), threading.Thread(target=self._look, daemon=True)
        self.before: dict[str, float] = {}
        self.memory: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._begun = self._used()
        self.before = self._resident()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.seconds = {name: used - self._begun[name] for name, used in self._used().items()}

    def _used(self) -> dict[str, float]:
        used = {name: family_cpu_seconds(process) for name, process in self._programs.items()}
        return {**used, "the clients": cpu_seconds(os.getpid())}

    def _resident(self) -> dict[str, float]:
        return {name: resident_megabytes(process.pid) for name, process in self._services.items()}

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY_SECONDS):
            for name, megabytes in self._resident().items():
                self.memory[name] = max(megabytes, self.memory.get(name, 0.0))
