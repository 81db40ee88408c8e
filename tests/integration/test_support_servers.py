"""That the tests' own servers do what other tests rely on: survive a kill with their data, freeze, raise alarms."""

import contextlib
import threading
import time

import pika
import psycopg
import pytest

from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import DISK, MEMORY, RabbitNode

pytestmark = pytest.mark.xdist_group("rabbitmq")

QUORUM = {"x-queue-type": "quorum"}


@pytest.fixture
def witness(rabbit_vhost):
    with Witness(rabbit_vhost.url) as witness:
        yield witness


def declare(url: str, name: str, **arguments: object) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().queue_declare(name, durable=True, arguments=arguments)
    connection.close()


def test_confirmed_messages_survive_kill9_of_the_node(rabbit_vhost, witness):
    node = rabbit_vhost.node
    declare(rabbit_vhost.url, "classic", **{"x-queue-type": "classic"})
    declare(rabbit_vhost.url, "quorum", **QUORUM)
    node.settle()
    bodies = [f"{number}" for number in range(200)]
    for queue in ("classic", "quorum"):
        witness.publish_many("", queue, bodies)
    assert node.queue_depths(rabbit_vhost.name) == {"classic": 200, "quorum": 200}

    node.kill9()
    assert not node.server.alive
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        witness.depth("quorum")
    node.start()

    def depths():
        return node.queue_depths(rabbit_vhost.name)

    eventually(lambda: depths() == {"classic": 200, "quorum": 200}, describe=depths)
    for queue in ("classic", "quorum"):
        assert [message.body.decode() for message in witness.drain(queue)] == bodies


@pytest.mark.parametrize(("alarm", "told"), [(RabbitNode.memory_alarm, MEMORY), (RabbitNode.disk_alarm, DISK)])
def test_an_alarm_blocks_publishers_and_not_consumers(rabbit_vhost, witness, alarm, told):
    node = rabbit_vhost.node
    declare(rabbit_vhost.url, "q", **QUORUM)
    witness.publish_raw("", "q", "before")
    alarm(node, True)
    assert node.alarms() == [told]
    connection = pika.BlockingConnection(pika.URLParameters(f"{rabbit_vhost.url}?blocked_connection_timeout=0.5"))
    channel = connection.channel()
    channel.confirm_delivery()
    with pytest.raises(pika.exceptions.ConnectionBlockedTimeout):
        channel.basic_publish("", "q", b"during")
    assert [message.body for message in witness.drain("q")] == [b"before"]
    alarm(node, False)
    assert node.alarms() == []
    witness.publish_raw("", "q", "after")


def test_a_frozen_node_answers_once_it_is_thawed(rabbit_vhost, witness):
    declare(rabbit_vhost.url, "q", **QUORUM)
    witness.publish_raw("", "q", "one")
    rabbit_vhost.node.pause()
    threading.Timer(1, rabbit_vhost.node.resume).start()
    asked = time.monotonic()
    witness.publish_raw("", "q", "two")
    assert time.monotonic() - asked > 0.8
    assert witness.depth("q") == 2


def test_a_user_may_do_only_what_it_was_given(rabbit_vhost, witness):
    node, name = rabbit_vhost.node, rabbit_vhost.name
    declare(rabbit_vhost.url, "theirs", **QUORUM)
    node.create_user("dinas/perhubungan", "p:@ s")
    with pytest.raises(pika.exceptions.AMQPError), Witness(node.url(name, "dinas/perhubungan", "p:@ s")) as client:
        client.depth("theirs")
    node.set_permissions(name, "dinas/perhubungan", "^$", "^$", "^theirs$")
    with Witness(node.url(name, "dinas/perhubungan", "p:@ s")) as client:
        witness.publish_raw("", "theirs", "for them")
        assert [message.body for message in client.drain("theirs")] == [b"for them"]
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
            client.publish_raw("", "theirs", "from them")
    node.delete_user("dinas/perhubungan")


def test_the_witness_taps_peeks_and_leaves_all_in_place(rabbit_vhost, witness):
    witness.declare_and_bind("tap", "amq.topic", "complaint.#")
    witness.publish_raw("amq.topic", "complaint.received.v1", '{"n": 1}', message_id="m1", headers={"h": "x"})
    witness.publish_raw("amq.topic", "complaint.routed.v1", '{"n": 2}')
    for _ in range(2):
        eventually(lambda: witness.depth("tap") == 2)
        first, second = witness.peek("tap")
        assert (first.json(), first.properties.message_id, first.headers) == ({"n": 1}, "m1", {"h": "x"})
        assert (second.routing_key, second.exchange) == ("complaint.routed.v1", "amq.topic")
    assert len(witness.peek("tap", limit=1)) == 1
    assert len(witness.drain("tap")) == 2
    assert (witness.depth("tap"), witness.exists("tap"), witness.exists("none")) == (0, True, False)
    with pytest.raises(pika.exceptions.UnroutableError):
        witness.publish_raw("amq.topic", "other.v1", "nobody's")


def test_closing_all_connections_is_seen_and_got_over(rabbit_vhost, witness):
    declare(rabbit_vhost.url, "q", **QUORUM)
    witness.publish_raw("", "q", "one")
    rabbit_vhost.node.close_connections(rabbit_vhost.name)
    witness.publish_raw("", "q", "two")
    assert witness.depth("q") == 2


def test_commits_survive_kill9_of_the_database(postgres_server: PostgresServer, postgres_database: str):
    name = postgres_database.rsplit("/", 1)[1]
    confirmed: list[int] = []

    def insert() -> None:
        with contextlib.suppress(psycopg.OperationalError), postgres_server.connect(name) as connection:
            connection.execute("CREATE TABLE n (i int)")
            while True:
                connection.execute("INSERT INTO n VALUES (%s)", [len(confirmed)])
                confirmed.append(len(confirmed))

    client = threading.Thread(target=insert)
    client.start()
    eventually(lambda: len(confirmed) > 500, describe=postgres_server.tail)
    postgres_server.kill9()
    client.join(10)
    assert not client.is_alive()
    postgres_server.start()
    with postgres_server.connect(name) as connection:
        kept = {row[0] for row in connection.execute("SELECT i FROM n")}
    assert set(confirmed) <= kept


def test_a_frozen_database_answers_once_it_is_thawed(postgres_server: PostgresServer):
    with postgres_server.connect() as connection:
        postgres_server.pause()
        threading.Timer(0.5, postgres_server.resume).start()
        asked = time.monotonic()
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert time.monotonic() - asked > 0.4
    postgres_server.restart()
    postgres_server.connect().close()


def test_databases_are_empty_and_passwords_are_checked(postgres_server: PostgresServer, postgres_database: str):
    name = postgres_database.rsplit("/", 1)[1]
    with postgres_server.connect(name) as connection:
        connection.execute("CREATE ROLE left_behind LOGIN PASSWORD 'right'")
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_server.url("left_behind", "wrong", name).replace("+psycopg", ""))


def test_roles_of_an_earlier_test_are_gone(postgres_server: PostgresServer):
    assert "left_behind" not in postgres_server.roles()


def test_chromium_shows_a_page(chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_content("<h1>Tanggap</h1>")
    assert page.get_by_role("heading").inner_text() == "Tanggap"
    context.close()
