"""The processes of a larger city: four routers, two notifiers, two relays on intake's outbox.

Each process has ways of its own to broker and database, which can break one by one, and a clock of its own. The mail
process is intake's second relay.
"""

from pathlib import Path
from typing import Self

from tests.support.clock_shift import ClockShift
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import PROCESSES, ROOT, DistributedSystem
from tests.support.tcp_proxy import TcpProxy

MORE = {"router2": "router", "router3": "router", "router4": "router", "notifier2": "notifier"}
CROWD = (*PROCESSES, *MORE)
TO_BROKER, TO_DATABASE = "broker", "database"
WAYS = tuple(f"{name}-to-{end}" for name in CROWD for end in (TO_BROKER, TO_DATABASE))


class Crowd(DistributedSystem):
    """`ways` by their name in `WAYS`; `clocks` by process, empty where programs cannot be given one."""

    def __init__(
        self,
        data: Path,
        node: RabbitNode,
        vhost: str,
        server: PostgresServer,
        admin_database_url: str,
        programs: dict[str, tuple[str, ...]] | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, node, vhost, server, admin_database_url, programs, settings)
        for name, like in MORE.items():
            self._add(name, like)
        self.ways: dict[str, TcpProxy] = {}
        for name, process in self.processes.items():
            self._lead(process, f"{name}-to-{TO_BROKER}", node.port)
            self._lead(process, f"{name}-to-{TO_DATABASE}", server.port)
        self.clocks = _clocks(data / "clocks", self.processes)

    def start(self) -> Self:
        for way in self.ways.values():
            way.start()
        return super().start()

    def stop(self) -> None:
        super().stop()
        for way in self.ways.values():
            way.stop()

    def ready_urls(self) -> list[str]:
        return [f"http://127.0.0.1:{self._ports[name]}" for name in CROWD]

    def _add(self, name: str, like: str) -> None:
        first = self.processes[like]
        self._ports[name] = free_port()
        env = {**(first.env or {}), f"TANGGAP_{like.upper()}_PORT": str(self._ports[name])}
        self.processes[name] = Process(first.args, log=first.log.with_name(f"{name}.log"), env=env, cwd=ROOT, name=name)

    def _lead(self, process: Process, name: str, port: int) -> None:
        """What would go straight to that port goes by a way that can break."""
        way = self.ways[name] = TcpProxy(port)
        straight, round_about = f"@127.0.0.1:{port}/", f"@127.0.0.1:{way.port}/"
        process.env = {key: value.replace(straight, round_about) for key, value in (process.env or {}).items()}


def _clocks(folder: Path, processes: dict[str, Process]) -> dict[str, ClockShift]:
    clocks = {}
    for name, process in processes.items():
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        try:
            clocks[name] = ClockShift(own)
        except NotInstalled as problem:
            print(f"no clock can jump: {problem}")
            return {}
        process.env = {**(process.env or {}), **clocks[name].environment}
    return clocks
