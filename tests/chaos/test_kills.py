"""Kill -9, again and again, while citizens complain: nothing is lost, nothing happens twice, one killer is buried."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.chaos.audit import Findings, audit_at_rest
from tests.chaos.channels import ALL
from tests.chaos.fatal_router import KILLER
from tests.chaos.load import Citizens
from tests.chaos.supervisor import Supervisor
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import DistributedSystem, EmbeddedSystem, System

LONG = os.environ.get("TANGGAP_PROOF") == "long"
COMPLAINTS = 3000 if LONG else 300
KILLS = 60 if LONG else 10
FATAL = ("-m", "tests.chaos.fatal_router")
KILLER_NUMBER = 10_000_000  # by the API, as every fourth number


def test_the_embedded_process_is_killed_ten_times(tmp_path: Path) -> None:
    with EmbeddedSystem(tmp_path, FATAL) as system, Supervisor(system) as supervisor:
        citizens = Citizens(system, COMPLAINTS, seconds=KILLS * 2.5, channels=ALL)
        citizens.insist(KILLER_NUMBER, KILLER)
        del citizens.ledger.tickets[KILLER_NUMBER]
        citizens.start()
        process = system.processes["tanggap"]
        for _ in range(KILLS):
            _kill_when_up(system, process, supervisor)
        citizens.join()
        _judge(audit_at_rest(system, citizens.ledger, 150, describe=system.describe), citizens, supervisor)


def test_every_service_is_killed_ten_times_and_the_broker_twice(
    tmp_path: Path, rabbit_node: RabbitNode, postgres_server: PostgresServer
) -> None:
    vhost = f"kills-{os.getpid()}"
    rabbit_node.create_vhost(vhost)
    database = postgres_server.create_database(f"kills_{os.getpid()}")
    system = DistributedSystem(tmp_path, rabbit_node, vhost, postgres_server, database, {"router": FATAL})
    with system, Supervisor(system) as supervisor, Witness(rabbit_node.url(vhost)) as witness:
        witness.declare_and_bind("witness.received", "tanggap.events", "complaint.received.v1")
        witness.declare_and_bind("witness.decided", "tanggap.events", "complaint.routed.v1")
        witness.declare_and_bind("witness.decided", "tanggap.events", "complaint.unrouted.v1")
        rabbit_node.settle()
        citizens = Citizens(system, COMPLAINTS, seconds=KILLS * 5, channels=ALL)
        citizens.insist(KILLER_NUMBER, KILLER)
        del citizens.ledger.tickets[KILLER_NUMBER]
        citizens.start()
        _kill_everything_in_turn(system, rabbit_node, supervisor)
        citizens.join()
        _judge(audit_at_rest(system, citizens.ledger, 180, describe=system.describe), citizens, supervisor)
        _judge_by_witness(witness)


def _kill_everything_in_turn(system: System, node: RabbitNode, supervisor: Supervisor) -> None:
    """Each process `KILLS` times, in random order; the broker after one and after two thirds."""
    order = [name for name in system.processes for _ in range(KILLS)]
    random.shuffle(order)
    for index, name in enumerate(order):
        if index in (len(order) // 3, 2 * len(order) // 3):
            node.kill9()
            time.sleep(1)
            node.start()
        process = system.processes[name]
        eventually(lambda process=process: process.alive, 10)
        time.sleep(0.3 + random.random() * 0.5)
        supervisor.kill(process)


def _kill_when_up(system: System, process: Process, supervisor: Supervisor) -> None:
    """The killer message ends the first five starts as well, and on a busy machine each takes its time."""
    eventually(lambda: process.alive, 10)
    system.await_ready(180)
    time.sleep(random.random() * 1.2)
    supervisor.kill(process)


def _judge(findings: Findings, citizens: Citizens, supervisor: Supervisor) -> None:
    ledger = citizens.ledger
    print(
        f"\n{findings.complaints} complaints stored, {len(ledger.tickets)} receipts in {ledger.attempts} attempts, "
        f"{supervisor.restarts} restarts: lost {len(findings.lost)}, doubled {len(findings.doubled)}, "
        f"dead {findings.dead}"
    )
    assert ledger.refused == []
    assert len(ledger.tickets) == COMPLAINTS
    assert findings.lost == []
    assert findings.doubled == []
    assert findings.dead == [("router", "crashed")]
    assert findings.complaints == COMPLAINTS + 1, "and the killer"
    assert supervisor.restarts >= KILLS


def _judge_by_witness(witness: Witness) -> None:
    """The broker's own view, by pika: every complaint went by, under one message id each."""
    received = witness.drain("witness.received")
    decided = witness.drain("witness.decided")
    assert len({message.json()["subject"] for message in received}) == COMPLAINTS + 1
    assert len({message.properties.message_id for message in received}) == COMPLAINTS + 1
    assert len({message.json()["subject"] for message in decided}) == COMPLAINTS
    assert len({message.properties.message_id for message in decided}) == COMPLAINTS
    for queue in ("router.route-complaint.v1", "notifier.plan-deliveries.v1", "desk.keep-cases.v1"):
        assert witness.depth(f"{queue}.dead") == 0


@pytest.fixture(autouse=True)
def _seeded() -> None:
    random.seed(20261124)
