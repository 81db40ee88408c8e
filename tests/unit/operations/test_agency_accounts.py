"""Queue and user of an agency: whole after the same command again, whatever was killed in the middle."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from services.desk.directory import repository as repository_agencies
from services.desk.tables import messaging as desk_messaging
from services.notifier.agency_queues import accounts as amqp_accounts
from services.notifier.tables import audit, deliveries
from services.operations.agency_accounts import AgencyAccounts
from services.operations.installation import Installation
from shared.errors import Refused
from shared.messaging.agency_queues import AgencyQueue
from shared.messaging.broker import BrokerLost
from shared.messaging.rabbit_definitions import password_fits
from tests.unit.operations.agencies import NOW, FakeBroker, accounts_of, seed, sent

QUEUE = AgencyQueue("DLH")
MOST_CALLS = 12


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker()


@pytest.fixture
def accounts(installation: Installation, broker: FakeBroker) -> AgencyAccounts:
    seed(installation)
    return accounts_of(installation, broker)


def endpoints(installation: Installation) -> dict[str, str]:
    with installation.members["desk"].database.read() as connection:
        entry = repository_agencies.one(connection, "DLH")
    assert entry is not None
    return entry.endpoints


def said(installation: Installation) -> int:
    with installation.members["desk"].database.read() as connection:
        return len(connection.execute(select(desk_messaging.outbox.c.seq)).all())


def audited(installation: Installation) -> list[str]:
    with installation.members["notifier"].database.read() as connection:
        return [row.act for row in connection.execute(select(audit.c.act).order_by(audit.c.seq))]


def stored(installation: Installation) -> amqp_accounts.AmqpAccount | None:
    with installation.members["notifier"].database.read() as connection:
        return amqp_accounts.one(connection, "DLH")


def assert_whole(installation: Installation, broker: FakeBroker, password: str) -> None:
    assert set(broker.queues) == {QUEUE.name, QUEUE.dead}
    assert broker.bindings == set(QUEUE.bindings)
    assert broker.lets_in("agency-DLH", password)
    assert broker.rights == {"agency-DLH": QUEUE.rights}
    assert endpoints(installation)["amqp"] == QUEUE.name
    account = stored(installation)
    assert account is not None
    assert account.password_hash == broker.users["agency-DLH"]


def test_a_new_queue_is_whole_and_its_password_is_nowhere_kept(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker
) -> None:
    given = accounts.add("DLH")
    assert_whole(installation, broker, given.password)
    assert given.password not in str(stored(installation))
    assert (said(installation), audited(installation)) == (1, ["agency.amqp.add"])


def test_a_second_call_keeps_the_password_and_mends_the_rest(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker
) -> None:
    given = accounts.add("DLH")
    del broker.queues[QUEUE.name], broker.rights["agency-DLH"]
    assert accounts.add("DLH").password == ""
    assert_whole(installation, broker, given.password)
    assert said(installation) == 1


@pytest.mark.parametrize("call", range(1, MOST_CALLS))
def test_whatever_is_killed_in_the_middle_is_whole_after_the_same_again(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker, call: int
) -> None:
    broker.dies_at = call
    try:
        given = accounts.add("DLH")
        assert broker.calls < call, "it ended before"
    except BrokerLost:
        given = accounts.add("DLH")
        assert given.password, "nobody has seen one yet"
    assert_whole(installation, broker, given.password)


def test_a_new_password_ends_the_old_one_and_who_is_connected_by_it(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker
) -> None:
    old = accounts.add("DLH")
    new = accounts.rotate("DLH")
    assert_whole(installation, broker, new.password)
    assert not broker.lets_in("agency-DLH", old.password)
    assert broker.cut_off == ["agency-DLH"]
    assert audited(installation) == ["agency.amqp.add", "agency.amqp.rotate"]


@pytest.mark.parametrize("call", range(1, MOST_CALLS))
def test_a_rotation_that_was_killed_is_done_by_the_next(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker, call: int
) -> None:
    accounts.add("DLH")
    broker.dies_at = broker.calls + call
    try:
        given = accounts.rotate("DLH")
    except BrokerLost:
        given = accounts.rotate("DLH")
    assert_whole(installation, broker, given.password)


@pytest.mark.parametrize("call", range(1, MOST_CALLS))
def test_nothing_is_left_of_what_was_removed(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker, call: int
) -> None:
    accounts.add("DLH")
    broker.dies_at = broker.calls + call
    try:
        accounts.remove("DLH", discard=False)
    except BrokerLost:
        assert "amqp" not in endpoints(installation), "the way is out of the directory before anything else"
        accounts.remove("DLH", discard=False)
    assert (broker.queues, broker.bindings, broker.users, stored(installation)) == ({}, set(), {}, None)
    assert "amqp" not in endpoints(installation)


@pytest.mark.parametrize("where", [QUEUE.name, QUEUE.dead])
def test_a_queue_with_messages_stays_and_its_agency_may_fetch_them(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker, where: str
) -> None:
    given = accounts.add("DLH")
    broker.waiting[where] = 3
    with pytest.raises(Refused, match="3 messages wait"):
        accounts.remove("DLH", discard=False)
    assert "amqp" not in endpoints(installation)
    assert set(broker.queues) == {QUEUE.name, QUEUE.dead}
    assert QUEUE.bindings[-1] not in broker.bindings, "nothing more comes"
    assert broker.lets_in("agency-DLH", given.password)
    assert accounts.remove("DLH", discard=True) == 3
    assert broker.queues == {}


def test_messages_that_a_program_holds_count_as_waiting(accounts: AgencyAccounts, broker: FakeBroker) -> None:
    accounts.add("DLH")
    broker.held[QUEUE.name] = 20
    with pytest.raises(Refused, match="20 messages wait"):
        accounts.remove("DLH", discard=False)


def test_a_broker_that_lost_everything_gets_it_back_with_the_same_passwords(
    installation: Installation, accounts: AgencyAccounts, broker: FakeBroker
) -> None:
    given = [accounts.add("DISHUB"), accounts.add("DLH")]
    broker.lose_everything()
    assert [one.agency for one in accounts.restore()] == ["DISHUB", "DLH"]
    assert len(broker.queues) == 4
    assert all(broker.lets_in(one.account.username, one.password) for one in given)
    assert said(installation) == 2, "the directory has not changed"


def test_what_was_sent_lately_is_sent_again_under_its_id(installation: Installation, accounts: AgencyAccounts) -> None:
    accounts.add("DLH")
    now = accounts.clock.now()
    rows = [
        sent(30, number=1), sent(90, number=2), sent(5, number=3, state="failed"), sent(5, number=4, channel="email"),
        sent(5, number=5, recipient="DISHUB"), {**sent(5, number=6), "cleared_at": NOW},
    ]  # fmt: skip
    with installation.members["notifier"].database.write() as tx:
        for row in rows:
            tx.execute(insert(deliveries).values({"cleared_at": None, **row}))
    assert accounts.send_again(NOW - timedelta(minutes=60)) == 1
    assert accounts.send_again(NOW - timedelta(minutes=60)) == 0
    with installation.members["notifier"].database.read() as connection:
        (row,) = connection.execute(select(deliveries).where(deliveries.c.state == "pending")).all()
    assert (row.delivery_id, row.lane, row.finished_at) == ("d1", "amqp:DLH", None)
    assert now <= row.due_at <= accounts.clock.now()


def test_what_is_not_there_is_named(accounts: AgencyAccounts, broker: FakeBroker) -> None:
    with pytest.raises(Refused, match="no agency DLX"):
        accounts.add("DLX")
    for act in (accounts.rotate, lambda code: accounts.remove(code, discard=True)):
        with pytest.raises(Refused, match="DLH has no queue"):
            act("DLH")
    assert broker.calls == 0


def test_two_passwords_are_never_the_same(accounts: AgencyAccounts) -> None:
    first, second = accounts.add("DLH"), accounts.rotate("DLH")
    assert len({first.password, second.password}) == 2
    assert min(len(first.password), len(second.password)) >= 32
    assert not password_fits(second.account.password_hash, first.password)
