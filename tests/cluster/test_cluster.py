"""The short form of `make cluster`: the leader is killed once, and a service is replaced, while citizens complain."""

import json
import random
from collections.abc import Iterator

import pytest

from tests.cluster.faults import Fault, kill_leader, restart_services
from tests.cluster.measuring import measure
from tests.cluster.run import cluster
from tests.cluster.stack import NODES, ClusterStack
from tests.compose.engine import engine_or_skip
from tests.support.eventually import eventually


@pytest.fixture(scope="module")
def stack() -> Iterator[ClusterStack]:
    engine_or_skip().close()
    with cluster() as stack:
        yield stack


def test_each_queue_has_three_members_and_not_all_one_leader(stack: ClusterStack) -> None:
    queues = stack.queues()
    assert len(queues) >= 10
    assert {queue.members for queue in queues} == {frozenset(NODES)}
    assert len({queue.leader for queue in queues}) > 1


@pytest.mark.parametrize(
    "fault", [Fault("leader killed", kill_leader, 1), Fault("services restarted in turn", restart_services, 1)]
)
def test_nothing_is_lost_doubled_or_refused(stack: ClusterStack, fault: Fault) -> None:
    first = 1_000_000 if fault.strike is kill_leader else 2_000_000
    row = measure(stack, fault, per_second=3, first=first, chance=random.Random(1))
    assert (row.lost, row.doubled, row.refused) == ([], [], 0), row
    assert row.gap_of_acceptance_seconds == 0, row


def test_while_the_database_is_away_a_service_says_so_itself(stack: ClusterStack) -> None:
    """The balancer has nobody who is ready, and nobody would understand its own words."""
    database = stack.containers()["postgres"]
    database.stop()
    try:

        def refuses() -> bool:
            answer = stack.submit("Lampu PJU mati", timeout=30)
            said = answer.headers.get("Content-Type") == "application/problem+json" and "Retry-After" in answer.headers
            return answer.status_code == 503 and said and answer.json().get("code") == "database"

        assert all(eventually(refuses, 30) for _ in range(5))
    finally:
        database.start()
    stack.await_whole()


def test_the_operator_sees_everything_through_the_balancer(stack: ClusterStack) -> None:
    code, seen = stack.operate("doctor")
    assert code == 0, seen
    code, counts = stack.operate("queues", "--json")
    assert code == 0, counts
    queues = json.loads(counts)["queues"]
    assert [(queue["members"], queue["online"]) for queue in queues] == [(3, 3)] * len(queues)
    assert {queue["leader"] for queue in queues} <= {f"rabbit@{node}" for node in NODES}
