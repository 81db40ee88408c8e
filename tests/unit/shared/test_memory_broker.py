"""What only the embedded broker has to promise: nothing is forgotten before its producer knows it is settled."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shared.errors import Transient
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.message import Message
from shared.messaging.topology import Topology, quorum_queue

QUEUE = "sample.hear.v1"


def test_while_the_producers_database_is_away_an_acknowledged_message_stays_in_hand() -> None:
    broker = MemoryBroker(Topology((quorum_queue(QUEUE, "sample", "said.v1"),)))
    away, settled = [True], []

    def settle(pairs: Sequence[tuple[str, str]]) -> None:
        if away[0]:
            raise Transient("the database is away")
        settled.extend(pairs)

    broker.settle_with("sample", settle)
    broker.publisher("sample").publish([Message("m1", "said.v1", b"{}", "sample", "", "", datetime.now(UTC))])
    subscription = broker.subscribe([QUEUE], prefetch=5)
    deliveries = subscription.receive(most=5, timeout_seconds=1)
    with pytest.raises(Transient):
        subscription.ack(deliveries)
    away[0] = False
    subscription.ack(deliveries)
    assert settled == [("m1", QUEUE)]
    subscription.close()
    assert broker.depth(QUEUE) == 0
