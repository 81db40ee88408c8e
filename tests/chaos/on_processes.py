"""The ground of processes: one per service, RabbitMQ, PostgreSQL with its disk in earnest, and a real mail server."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from services.notifier.delivery import EMAIL
from services.notifier.sending.attempt import UNREPEATABLE_HAND
from services.notifier.sending.pool import THREADS
from tests.chaos.fatal_router import KILLER
from tests.chaos.load import Citizens
from tests.chaos.plan import Choice, Strike
from tests.chaos.supervisor import Supervisor
from tests.support.eventually import eventually
from tests.support.mailbox import Mail, SmtpSink
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import PROCESSES, DistributedSystem

FATAL: dict[str, tuple[str, ...]] = {"router": ("-m", "tests.chaos.fatal_router")}
KILLER_NUMBER = 10_000_000  # by the API, as every fourth number
BROKER, DATABASE = "broker", "database"
MENU = (
    Choice(60, "kill", PROCESSES),
    Choice(10, "freeze", PROCESSES, (1, 4)),
    Choice(8, "kill", (BROKER,), (0, 2)),
    Choice(6, "freeze", (BROKER,), (2, 8)),
    Choice(6, "cut", (BROKER,)),
    Choice(5, "alarm", (BROKER,), (2, 6)),
    Choice(5, "kill", (DATABASE,), (0, 2)),
)


class ProcessGround:
    menu = MENU

    def __init__(
        self,
        system: DistributedSystem,
        supervisor: Supervisor,
        node: RabbitNode,
        server: PostgresServer,
        sink: SmtpSink,
    ) -> None:
        self.target = system
        self._supervisor = supervisor
        self._node = node
        self._server = server
        self._sink = sink
        self._killer_ticket = ""

    def plant(self, citizens: Citizens) -> list[tuple[str, str]]:
        """A complaint on which the router dies, each time it is tried."""
        self._killer_ticket = citizens.insist(KILLER_NUMBER, KILLER)
        del citizens.ledger.tickets[KILLER_NUMBER]
        return [("router", "crashed")]

    def strike(self, strike: Strike) -> None:
        if strike.victim == BROKER:
            self._hit_broker(strike)
        elif strike.victim == DATABASE:
            self._server.kill9()
            time.sleep(strike.hold_seconds)
            self._server.start()
        else:
            self._hit_service(strike, self.target.processes[strike.victim])

    def heal(self) -> None:
        self._node.heal()

    def mails(self) -> Sequence[Mail]:
        return self._sink.received

    def differences(self) -> list[str]:
        """Of the planted killer only its not being decided."""
        command = [sys.executable, "-m", "services", "reconcile", "--json"]
        answer = subprocess.run(
            command, env=self.target.operator_environment(), capture_output=True, text=True, timeout=120
        )
        left = json.loads(answer.stdout)["left"]
        of_killer = [one for one in left if one["ticket"] == self._killer_ticket]
        others = [str(one) for one in left if one not in of_killer]
        return others if len(of_killer) == 1 else [*others, f"of the killer: {of_killer}"]

    def most_uncertain(self, happened: Counter[str]) -> int:
        """Each thread of the mail pool has a hand of them."""
        return happened["kill notifier"] * THREADS[EMAIL] * UNREPEATABLE_HAND

    def _hit_service(self, strike: Strike, process: Process) -> None:
        eventually(lambda: process.alive, 20)
        if strike.kind == "kill":
            self._supervisor.kill(process)
            return
        process.pause()
        time.sleep(strike.hold_seconds)
        process.resume()

    def _hit_broker(self, strike: Strike) -> None:
        if strike.kind == "cut":
            self._node.heal()
            self._node.close_connections(self.target.vhost)
            return
        begin, end = {
            "kill": (self._node.kill9, self._node.start),
            "freeze": (self._node.pause, self._node.resume),
            "alarm": (lambda: self._node.memory_alarm(True), lambda: self._node.memory_alarm(False)),
        }[strike.kind]
        begin()
        time.sleep(strike.hold_seconds)
        end()


@contextmanager
def process_ground(data: Path) -> Iterator[ProcessGround]:
    with ExitStack() as stack:
        node = stack.enter_context(RabbitNode())
        server = stack.enter_context(PostgresServer(durable=True))
        sink = stack.enter_context(SmtpSink())
        node.create_vhost("chaos")
        database = server.create_database("chaos")
        settings = {"TANGGAP_SMTP_URL": sink.url}
        system = stack.enter_context(DistributedSystem(data, node, "chaos", server, database, FATAL, settings))
        node.settle()
        supervisor = stack.enter_context(Supervisor(system))
        yield ProcessGround(system, supervisor, node, server, sink)
