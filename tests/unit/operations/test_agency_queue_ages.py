"""How long messages have been waiting at the broker, told by what was sent; and what the doctor says of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from services.notifier.agency_queues import accounts as amqp_accounts
from services.notifier.agency_queues.accounts import AmqpAccount
from services.notifier.agency_queues.ages import AgencyQueueAge, agency_queue_ages
from services.notifier.tables import deliveries
from services.operations.checks_agencies import findings_of
from services.operations.finding import State
from services.operations.installation import Installation
from shared.messaging.agency_queues import MOST_MESSAGES, AgencyQueue
from shared.messaging.broker import Depth
from tests.unit.operations.agencies import NOW, sent

QUEUE = AgencyQueue("DLH").name


@pytest.fixture
def account(installation: Installation) -> AmqpAccount:
    account = AmqpAccount("DLH", "agency-DLH", "x", QUEUE, NOW, NOW)
    with installation.members["notifier"].database.write() as tx:
        amqp_accounts.store(tx, account)
    return account


def ages(installation: Installation, *rows: dict[str, Any], depth: Depth | None) -> list[AgencyQueueAge]:
    database = installation.members["notifier"].database
    with database.write() as tx:
        for row in rows:
            tx.execute(insert(deliveries).values(row))
    with database.read() as connection:
        return agency_queue_ages(connection, amqp_accounts.every(connection), {QUEUE: depth})


def test_the_oldest_of_n_waiting_is_the_nth_newest_that_was_sent(
    installation: Installation, account: AmqpAccount
) -> None:
    rows = [sent(minutes, number=number) for number, minutes in enumerate((90, 10, 50, 30))]
    rows += [sent(5, number=10, channel="email"), sent(6, number=11, recipient="DISHUB")]
    rows += [sent(7, number=12, state="failed")]
    (age,) = ages(installation, *rows, depth=Depth(3, 1))
    assert (age.waiting, age.consumers, age.oldest_at) == (3, 1, NOW - timedelta(minutes=50))
    assert age.age(NOW) == timedelta(minutes=50)
    assert not age.old(NOW)


@pytest.mark.parametrize(("waiting", "oldest"), [(0, None), (4, NOW - timedelta(minutes=10))])
def test_an_empty_queue_has_no_age_and_strange_messages_do_not_confuse(
    installation: Installation, account: AmqpAccount, waiting: int, oldest: datetime | None
) -> None:
    (age,) = ages(installation, sent(10, number=1), depth=Depth(waiting, 0))
    assert age.oldest_at == oldest


def test_a_queue_that_is_gone_is_missing(installation: Installation, account: AmqpAccount) -> None:
    (age,) = ages(installation, depth=None)
    assert age.missing
    (finding,) = findings_of([age], NOW)
    assert finding.state is State.PROBLEM
    assert "DLH" in finding.saw
    assert finding.todo == "tanggap agency amqp restore"


def told(waiting: int, minutes: int, consumers: int = 0) -> tuple[State, str]:
    (finding,) = findings_of([AgencyQueueAge("DLH", QUEUE, waiting, consumers, NOW - timedelta(minutes=minutes))], NOW)
    return finding.state, finding.saw


def test_what_waits_too_long_or_fills_up_needs_attention() -> None:
    assert told(5, 59) == (State.OK, "1 agency fetches from a queue")
    assert told(5, 61) == (State.WARNING, "5 messages wait, the oldest for 61 min; nobody reads it")
    assert told(5, 61, consumers=1)[1].endswith("its program is connected")
    assert told(8_001, 1)[0] is State.WARNING
    assert told(8_000, 1)[0] is State.OK
    assert told(MOST_MESSAGES, 1)[0] is State.PROBLEM
    assert "it takes no more" in told(MOST_MESSAGES, 1)[1]
