"""The broker misbehaves: intake goes on taking complaints, and everything arrives afterwards, once."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.audit import at_rest, audit_at_rest, unfinished
from tests.chaos.load import Citizens
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import DistributedSystem

FROZEN_SECONDS = 20


@pytest.fixture
def system(tmp_path: Path, rabbit_node: RabbitNode, postgres_server: PostgresServer) -> Iterator[DistributedSystem]:
    name = f"faults-{os.getpid()}"
    rabbit_node.create_vhost(name)
    database = postgres_server.create_database(name.replace("-", "_"))
    with DistributedSystem(tmp_path, rabbit_node, name, postgres_server, database) as running:
        yield running
    rabbit_node.heal()


def test_a_memory_alarm_a_frozen_broker_and_cut_connections(system: DistributedSystem, rabbit_node: RabbitNode) -> None:
    citizens = Citizens(system, 90, seconds=30)

    rabbit_node.memory_alarm(True)
    slowest = _slowest_receipt(citizens, range(1000, 1010))
    assert slowest < 2, "intake must not wait for the broker"
    rabbit_node.memory_alarm(False)
    eventually(lambda: at_rest(system), 60, every=0.3, describe=lambda: unfinished(system) + system.describe())

    citizens.start()
    rabbit_node.pause()
    frozen_at = time.monotonic()
    slowest = _slowest_receipt(citizens, range(2000, 2010))
    assert slowest < 2, "intake must not wait for the broker"
    while time.monotonic() - frozen_at < FROZEN_SECONDS:
        assert all(process.alive for process in system.processes.values()), system.describe()
        time.sleep(0.5)
    rabbit_node.resume()
    rabbit_node.close_connections(system.vhost)
    citizens.join()

    findings = audit_at_rest(system, citizens.ledger, 60, describe=system.describe)
    assert citizens.ledger.refused == []
    assert len(citizens.ledger.tickets) == 110
    assert (findings.lost, findings.doubled, findings.dead) == ([], [], [])
    assert findings.complaints == 110


def _slowest_receipt(citizens: Citizens, numbers: range) -> float:
    slowest = 0.0
    for number in numbers:
        started = time.monotonic()
        citizens.insist(number, f"Lampu PJU mati di gang kami, gelap sekali, laporan {number}")
        slowest = max(slowest, time.monotonic() - started)
    return slowest
