"""The ground of processes: a crowd of them, RabbitMQ, PostgreSQL with its disk in earnest, and a real mail server."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from services.notifier.delivery import EMAIL
from services.notifier.sending.attempt import UNREPEATABLE_HAND
from services.notifier.sending.pool import THREADS
from shared.messaging.topology import QUEUES
from tests.chaos import hands
from tests.chaos.channels import by_api
from tests.chaos.crowd import CROWD, WAYS, Crowd
from tests.chaos.fatal_router import KILLER
from tests.chaos.hands import EVERYBODY, JUMP_SECONDS, Hurt, ProcessHands
from tests.chaos.load import Citizens
from tests.chaos.meddler import Meddler
from tests.chaos.plan import Choice, Strike
from tests.chaos.receivers import Receivers
from tests.chaos.supervisor import Supervisor
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.small_disk import SmallDisk
from tests.support.system import SMS_KEY

FATAL: dict[str, tuple[str, ...]] = {
    name: ("-m", "tests.chaos.fatal_router") for name in CROWD if name.startswith("router")
}
VHOST = "chaos"
KILLER_NUMBER = 100_000_000
BROKER, DATABASE, MESSAGES = "broker", "database", "messages"
NOTIFIERS = tuple(name for name in CROWD if name.startswith("notifier"))
QUEUE_NAMES = tuple(queue.name for queue in QUEUES)
DISKS = ("attachments", "captured")
DISK_MEGABYTES = 100
SHORT, LONG = (1.0, 6.0), (25.0, 30.0)
MENU = (
    Choice(40, "kill", CROWD),
    Choice(10, "freeze", CROWD, SHORT),
    Choice(3, "freeze", CROWD, LONG),
    Choice(6, "kill", (BROKER,), (0, 2)),
    Choice(5, "freeze", (BROKER,), SHORT),
    Choice(1, "freeze", (BROKER,), LONG),
    Choice(4, "close", (BROKER,)),
    Choice(5, "memory", (BROKER,), SHORT),
    Choice(5, "disk", (BROKER,), SHORT),
    Choice(5, "kill", (DATABASE,), (0, 2)),
    Choice(4, "freeze", (DATABASE,), SHORT),
    Choice(1, "freeze", (DATABASE,), LONG),
    Choice(8, "cut", WAYS, SHORT),
    Choice(8, "silence", WAYS, SHORT),
    Choice(1, "silence", WAYS, LONG),
    Choice(5, "slow", WAYS, SHORT),
    Choice(6, "full", DISKS, SHORT),
    Choice(5, "ahead", (*CROWD, EVERYBODY), SHORT),
    Choice(5, "behind", (*CROWD, EVERYBODY), SHORT),
    Choice(6, "repeat", (MESSAGES,)),
    Choice(6, "reorder", QUEUE_NAMES, (1, 4)),
    Choice(1, "deploy", (EVERYBODY,)),
)


class ProcessGround:
    menu = MENU

    def __init__(
        self,
        system: Crowd,
        supervisor: Supervisor,
        node: RabbitNode,
        server: PostgresServer,
        receivers: Receivers,
        disks: dict[str, SmallDisk],
        meddler: Meddler,
    ) -> None:
        self.target = system
        self._node = node
        self._server = server
        self._receivers = receivers
        self._disks = disks
        self._killer_ticket = ""
        self._processes = ProcessHands(system, supervisor)
        self._hurts = _hurts(system, self._processes, node, server, disks, meddler)

    def plant(self, citizens: Citizens) -> list[tuple[str, str]]:
        """A complaint on which the router dies, each time it is tried."""
        self._killer_ticket = citizens.insist(KILLER_NUMBER, KILLER, by_api)
        del citizens.ledger.tickets[KILLER_NUMBER]
        return [("router", "crashed")]

    def strike(self, strike: Strike) -> None:
        self._hurts[strike.name](strike.hold_seconds)

    def can(self, strike: Strike) -> bool:
        return strike.name in self._hurts

    @contextmanager
    def broker_dead(self) -> Iterator[None]:
        self.heal()
        with hands.begun(self._node.kill9, self._node.start):
            yield

    def heal(self) -> None:
        hands.heal(self.target, self._node, self._server, list(self._disks.values()))

    def arrived(self) -> Counter[str]:
        return self._receivers.arrived()

    def differences(self) -> list[str]:
        """Of the planted killer only its not being decided."""
        command = [sys.executable, "-m", "services", "reconcile", "--json", "--older-than", "1"]
        answer = subprocess.run(
            command, env=self.target.operator_environment(), capture_output=True, text=True, timeout=120
        )
        left = json.loads(answer.stdout)["left"]
        of_killer = [one for one in left if one["ticket"] == self._killer_ticket]
        others = [str(one) for one in left if one not in of_killer]
        return others if len(of_killer) == 1 else [*others, f"of the killer: {of_killer}"]

    def most_uncertain(self, happened: Counter[str]) -> int:
        """Each thread of the mail pool has a hand of them."""
        kills = sum(happened[f"kill {name}"] for name in NOTIFIERS)
        return kills * THREADS[EMAIL] * UNREPEATABLE_HAND

    def complaints(self) -> list[str]:
        return self._processes.late


def _hurts(
    system: Crowd,
    processes: ProcessHands,
    node: RabbitNode,
    server: PostgresServer,
    disks: dict[str, SmallDisk],
    meddler: Meddler,
) -> dict[str, Hurt]:
    """By the name of the strike. What this machine does not let us do is not there."""
    found: dict[str, Hurt] = {"deploy everybody": partial(processes.deploy, EVERYBODY)}
    for name in CROWD:
        found[f"kill {name}"] = partial(processes.kill, name)
        found[f"freeze {name}"] = partial(processes.freeze, name)
    for name in (*CROWD, EVERYBODY) if system.clocks else ():
        found[f"ahead {name}"] = partial(processes.jump, name, by=JUMP_SECONDS)
        found[f"behind {name}"] = partial(processes.jump, name, by=-JUMP_SECONDS)
    found |= {f"{kind} {BROKER}": hurt for kind, hurt in hands.broker_hurts(node, system.vhost).items()}
    found |= {f"{kind} {DATABASE}": hurt for kind, hurt in hands.database_hurts(server).items()}
    for name in WAYS:
        found |= {f"{kind} {name}": hurt for kind, hurt in hands.way_hurts(system, name).items()}
    found |= {f"full {name}": hands.disk_hurt(disk) for name, disk in disks.items()}
    found[f"repeat {MESSAGES}"] = meddler.repeat
    found |= {f"reorder {name}": partial(meddler.reorder, name) for name in QUEUE_NAMES}
    return found


@contextmanager
def process_ground(data: Path, seed: int) -> Iterator[ProcessGround]:
    with ExitStack() as stack:
        node = stack.enter_context(RabbitNode())
        server = stack.enter_context(PostgresServer(durable=True))
        receivers = stack.enter_context(Receivers(data))
        node.create_vhost(VHOST)
        database = server.create_database(VHOST)
        disks = _disks(stack, data)
        system = stack.enter_context(_crowd(data, node, server, database, receivers))
        receivers.register(system, node)
        meddler = Meddler(node.url(VHOST), seed)
        meddler.listen()
        node.settle()
        supervisor = stack.enter_context(Supervisor(system))
        yield ProcessGround(system, supervisor, node, server, receivers, disks, meddler)


def _crowd(data: Path, node: RabbitNode, server: PostgresServer, database: str, receivers: Receivers) -> Crowd:
    lmtp_port = free_port()
    settings = {
        **receivers.settings(),
        "TANGGAP_LMTP_PORT": str(lmtp_port),
        "TANGGAP_SMS_WEBHOOK_KEYS": SMS_KEY,
    }
    system = Crowd(data, node, VHOST, server, database, FATAL, settings)
    system.lmtp_port = lmtp_port
    return system


def _disks(stack: ExitStack, data: Path) -> dict[str, SmallDisk]:
    """Photos and mails, and captured notices, each on a disk of its own."""
    try:
        return {name: stack.enter_context(SmallDisk(data / name, DISK_MEGABYTES)) for name in DISKS}
    except NotInstalled as problem:
        print(f"no disk can be full: {problem}")
        return {}
