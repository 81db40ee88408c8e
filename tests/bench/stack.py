"""The system that the benches measure: a process per service on RabbitMQ and a PostgreSQL that syncs to disk."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import DistributedSystem

_OPEN = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
# Messages that carry a number wait for minutes for what else happens to the case, as does the question how it went.
_DUE = (
    "SELECT count(*) FROM deliveries "
    "WHERE state IN ('pending', 'sending') AND message NOT LIKE '%.%' AND message <> 'satisfaction'"
)


class Bench:
    """Started as a whole; services may be stopped and started again between measurements."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        """`settings` of PostgreSQL."""
        self._stack = ExitStack()
        self.data = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tanggap-bench-")))
        self.data.chmod(0o755)
        self.node = self._stack.enter_context(RabbitNode())
        self.server = self._stack.enter_context(PostgresServer(durable=True, settings=settings))
        self.node.create_vhost("bench")
        database = self.server.create_database("bench")
        self.system = DistributedSystem(self.data, self.node, "bench", self.server, database)

    def __enter__(self) -> Self:
        self._stack.enter_context(self.system)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def broker_url(self) -> str:
        """Of the system's own vhost, as the administrator."""
        return self.node.url("bench")

    def new_database(self, name: str) -> str:
        """The URL of a further, empty database on the same server, as psycopg wants it."""
        return self.server.create_database(name).replace("postgresql+psycopg://", "postgresql://")

    def stop(self, *names: str) -> None:
        """Those that run, in an orderly way."""
        for name in names:
            if self.system.processes[name].alive:
                self.system.processes[name].terminate(20)

    def start_all(self) -> None:
        for process in self.system.processes.values():
            if not process.alive:
                process.start()
        self.system.await_ready()

    def await_drained(self, deadline_seconds: float = 300) -> None:
        """Until nothing is under way any more: a measurement must not pay for the one before."""
        eventually(self._is_drained, deadline_seconds, every=0.5, describe=self.system.describe)

    def _is_drained(self) -> bool:
        outboxes = sum(self.system.rows(owner, _OPEN)[0][0] for owner in ("intake", "router", "notifier", "desk"))
        waiting = self.system.rows("notifier", _DUE)[0][0]
        return not (outboxes or waiting) and not self._messages()

    def _messages(self) -> int:
        return sum(self.node.queue_depths("bench").values())
