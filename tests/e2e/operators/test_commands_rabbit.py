"""The operators' commands and a real broker: lost messages, parked ones, and a broker that does not answer."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from services.notifier.tables import deliveries
from services.router.tables import decisions
from shared.messaging.kombu_broker import declare_topology
from shared.messaging.pika_admin import PikaAdmin
from shared.messaging.topology import TOPOLOGY
from tests.chaos.audit import at_rest, unfinished
from tests.conftest import Vhost
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import DistributedSystem
from tests.unit.operations.shell import Shell, shell_of

ROUTER_QUEUE, DESK_QUEUE = "router.route-complaint.v1", "desk.keep-cases.v1"
VHOST = "operators-rabbit"
ALL = ("--older-than", "0")
COMPLAINTS = 12


@pytest.fixture(scope="module")
def system(
    rabbit_node: RabbitNode, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DistributedSystem]:
    rabbit_node.create_vhost(VHOST)
    database = postgres_server.create_database("operators_rabbit")
    folder = tmp_path_factory.mktemp("operators")
    with DistributedSystem(folder, rabbit_node, VHOST, postgres_server, database) as running:
        yield running


@pytest.fixture
def shell(system: DistributedSystem, rabbit_node: RabbitNode) -> Shell:
    return shell_of(system, rabbit_node.url(VHOST))


@pytest.fixture
def witness(system: DistributedSystem, rabbit_node: RabbitNode) -> Iterator[Witness]:
    with Witness(rabbit_node.url(VHOST)) as opened:
        yield opened


def rest(system: DistributedSystem) -> None:
    eventually(lambda: at_rest(system), 30, describe=lambda: unfinished(system) + system.describe())


def test_a_broker_that_lost_its_messages_costs_nothing(
    system: DistributedSystem, shell: Shell, witness: Witness
) -> None:
    rest(system)  # the desk tells the router its agencies as it starts: they must not lie in the queue still
    eventually(lambda: witness.depth(ROUTER_QUEUE) == 0, 15, describe=system.describe)
    router = system.processes["router"]
    router.terminate()
    tickets = [_complain(system, number) for number in range(COMPLAINTS)]
    eventually(lambda: witness.depth(ROUTER_QUEUE) == COMPLAINTS, 15, describe=system.describe)
    rest(system)

    waiting = shell.run("reconcile", *ALL, "--json").json()
    assert Counter(one["cause"] for one in waiting["differences"]) == {"in_queue": COMPLAINTS}
    assert "nobody takes the messages for router" in shell.run("doctor").out
    assert shell.run("queues").code == 1

    witness.drain(ROUTER_QUEUE)
    lost = shell.run("reconcile", *ALL, "--json").json()
    assert lost["counts"] == {"no_decision": COMPLAINTS}
    assert {one["ticket"] for one in lost["differences"]} == set(tickets)
    assert {one["cause"] for one in lost["differences"]} == {"not_heard"}

    repaired = shell.run("reconcile", *ALL, "--repair", "--wait", "0", "--json")
    assert (repaired.code, repaired.json()["repaired"]) == (1, {"messages": COMPLAINTS, "forgotten": 0})
    again = shell.run("reconcile", *ALL, "--repair", "--wait", "0", "--json")  # the router is still away
    assert again.code == 1
    router.start()
    assert shell.run("reconcile", *ALL, "--repair", "--wait", "30").code == 0
    rest(system)
    _each_once(system, tickets)


def test_parked_messages_are_listed_for_ever_and_replayed_once(
    system: DistributedSystem, shell: Shell, witness: Witness, rabbit_node: RabbitNode
) -> None:
    ticket = _complain(system, 100)
    eventually(lambda: system.rows("desk", f"SELECT 1 FROM cases WHERE ticket = '{ticket}'"), 15)
    rest(system)
    statement = (
        "SELECT message_id, body FROM outbox WHERE subject = (SELECT complaint_id FROM complaints WHERE ticket = '"
    )
    message_id, body = system.rows("intake", f"{statement}{ticket}')")[0]
    witness.publish_raw(
        "tanggap.dead", ROUTER_QUEUE, bytes(body), message_id=message_id, type="complaint.received.v1"
    )  # fmt: skip
    witness.publish_raw("tanggap.dead", DESK_QUEUE, b"{}", message_id="nonsense", type="delivery.finished.v1")

    admin = PikaAdmin(rabbit_node.url(VHOST))
    for _ in range(25):  # RabbitMQ 4 would drop after twenty looks, were they given back
        assert len(admin.parked(ROUTER_QUEUE)) == 1
    found = shell.run("dead", "list", "--json").json()["letters"]
    assert {(one["message_id"], one["where"], one["queue"]) for one in found} == {
        (message_id, "parked", ROUTER_QUEUE), ("nonsense", "parked", DESK_QUEUE),
    }  # fmt: skip
    assert f"{ROUTER_QUEUE}: 1 message parked" in shell.run("queues").out

    assert shell.run("dead", "replay", message_id[-8:]).code == 0
    assert shell.run("dead", "discard", "--all", "--where", "parked", "--reason", "percobaan").code == 0
    assert witness.depth(f"{ROUTER_QUEUE}.dead") == witness.depth(f"{DESK_QUEUE}.dead") == 0
    eventually(lambda: witness.depth(ROUTER_QUEUE) == 0, 10)
    rest(system)
    _each_once(system, [ticket])
    assert shell.run("dead", "list").code == 0
    audited = system.rows("router", f"SELECT act FROM audit WHERE subject = '{message_id}'")
    assert audited == [("dead.replay",)]
    assert system.rows("desk", "SELECT act, reason FROM audit WHERE subject = 'nonsense'") == [
        ("dead.discard", "percobaan")
    ]


def test_a_parked_message_that_nobody_hears_stays_parked(
    system: DistributedSystem, shell: Shell, witness: Witness
) -> None:
    witness.publish_raw("tanggap.dead", DESK_QUEUE, b"{}", message_id="stray", type="no.such.fact.v1")
    said = shell.run("dead", "replay", "stray")
    assert (said.code, "still parked" in said.err) == (2, True)
    assert witness.depth(f"{DESK_QUEUE}.dead") == 1
    assert system.rows("desk", "SELECT count(*) FROM audit WHERE subject = 'stray'") == [(0,)]
    assert shell.run("dead", "discard", "stray", "--reason", "percobaan").code == 0


def test_what_the_broker_parks_by_itself_keeps_its_story(rabbit_vhost: Vhost) -> None:
    """By the delivery limit; also after it was looked at."""
    declare_topology(rabbit_vhost.url, TOPOLOGY)
    with Witness(rabbit_vhost.url) as witness:
        witness.publish_raw(
            "tanggap.events", "delivery.finished.v1", b"{}", message_id="m", type="delivery.finished.v1"
        )  # fmt: skip
        eventually(lambda: witness.peek(DESK_QUEUE) == [] and witness.depth(f"{DESK_QUEUE}.dead") == 1, 30, every=0.001)
        admin = PikaAdmin(rabbit_vhost.url)
        for _ in range(3):
            (parked,) = admin.parked(DESK_QUEUE)
            assert (parked.message_id, parked.routing_key) == ("m", "delivery.finished.v1")
            assert parked.reason == "delivery_limit"
            assert parked.parked_at is not None
        admin.publish_again([parked])
        assert admin.remove(DESK_QUEUE, {"m"}) == 1
        eventually(lambda: witness.depth(DESK_QUEUE) == 1, 5)


def test_without_its_parts_every_command_says_what_is_missing(system: DistributedSystem, shell: Shell) -> None:
    commands = (("queues",), ("dead", "list"), ("reconcile",), ("doctor",), ("trace", "CMH-0000-0000"))
    for command in commands:
        said = shell.run(*command, TANGGAP_DESK_DATABASE_URL=None)
        assert said.code == 2, command
        assert "TANGGAP_DESK_DATABASE_URL is not set" in " ".join((said.out + said.err).split())
    away = f"postgresql+psycopg://desk:secret@127.0.0.1:{free_port()}/x"
    said = shell.run("queues", TANGGAP_DESK_DATABASE_URL=away)
    assert (said.code, "Connection refused" in said.err, "secret" in said.err) == (2, True, False)
    said = shell.run("queues", TANGGAP_DESK_DATABASE_URL="nonsense")
    assert (said.code, "is no database URL" in said.err) == (2, True)


def test_a_user_of_least_rights_is_told_what_to_give(
    system: DistributedSystem, shell: Shell, witness: Witness, rabbit_node: RabbitNode
) -> None:
    witness.publish_raw("tanggap.dead", ROUTER_QUEUE, b"{}", message_id="x", type="complaint.received.v1")
    least = rabbit_node.url(VHOST, f"{VHOST}-desk", "secret")
    said = shell.run("dead", "list", TANGGAP_ADMIN_BROKER_URL=least)
    assert (said.code, "TANGGAP_ADMIN_BROKER_URL" in said.err) == (2, True)
    assert shell.run("queues", TANGGAP_ADMIN_BROKER_URL=least).code == 1  # depths may be asked by everybody
    assert shell.run("dead", "discard", "--all", "--reason", "percobaan").code == 0


@pytest.mark.parametrize("how", ["refused", "frozen"])
def test_a_broker_that_does_not_answer_ends_in_bounded_time(
    system: DistributedSystem, shell: Shell, rabbit_node: RabbitNode, how: str
) -> None:
    url = rabbit_node.url(VHOST) if how == "frozen" else f"amqp://guest:guest@127.0.0.1:{free_port()}/x"
    if how == "frozen":
        rabbit_node.pause()
    try:
        commands = (("doctor",), ("reconcile",), ("queues",), ("dead", "list"))
        for command in commands[: 2 if how == "frozen" else 4]:
            started = time.monotonic()
            said = shell.run(*command, TANGGAP_ADMIN_BROKER_URL=url)
            assert time.monotonic() - started < 16, command
            assert said.code == 2, command
            assert "cannot be reached" in " ".join((said.out + said.err).split()), said
            assert "guest:guest" not in said.out + said.err
    finally:
        rabbit_node.heal()
    for public in system.ready_urls():
        eventually(lambda public=public: requests.get(f"{public}/readyz", timeout=5).status_code == 200, 30)


def test_a_frozen_database_ends_in_bounded_time(
    system: DistributedSystem, shell: Shell, postgres_server: PostgresServer
) -> None:
    postgres_server.pause()
    try:
        for command in (("doctor",), ("queues",)):
            started = time.monotonic()
            said = shell.run(*command)
            assert (said.code, time.monotonic() - started < 18) == (2, True), said
            assert "does not answer" in " ".join((said.out + said.err).split())
    finally:
        postgres_server.heal()


def _complain(system: DistributedSystem, number: int) -> str:
    body = f"Lampu PJU mati di gang kami, gelap sekali, laporan {number}"
    answer = system.submit(body, contact={"email": f"warga{number}@example.org"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket"])


def _each_once(system: DistributedSystem, tickets: list[str]) -> None:
    decided = Counter(row[0] for row in system.rows("router", f"SELECT ticket FROM {decisions.name}"))
    told = Counter(system.rows("notifier", f"SELECT ticket, message FROM {deliveries.name}"))
    for ticket in tickets:
        assert decided[ticket] == 1
        assert told[(ticket, "receipt")] == told[(ticket, "case_notice")] == 1
        assert len(system.captured(ticket)) == 2
