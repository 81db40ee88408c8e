"""An agency's own queue on a real RabbitMQ, from the operator's command to the file on the agency's disk."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest

from shared.messaging.rabbit_definitions import VHOST
from tests.integration.agencies import City, lets_in, lose_broker, open_city, refusal, set_broker_up
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.rabbitmq import RabbitNode

pytestmark = pytest.mark.xdist_group("rabbitmq")

DLH, DISHUB = "agency.DLH.v1", "agency.DISHUB.v1"
MANY = 400


@pytest.fixture
def city(rabbit_node: RabbitNode, tmp_path: Path) -> Iterator[City]:
    rabbit_node.heal()
    data = tmp_path / "data"
    data.mkdir()
    yield open_city(rabbit_node, data)
    rabbit_node.heal()
    lose_broker(rabbit_node)


@pytest.fixture
def notifier(city: City) -> Iterator[Witness]:
    """Somebody with the notifier's rights."""
    with Witness(city.url("notifier")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cases"


def say(notifier: Witness, *ids: str, code: str = "DLH") -> None:
    for message_id in ids:
        body = json.dumps({"specversion": "1.0", "id": message_id})
        notifier.publish_raw("tanggap.agencies", code, body, message_id=message_id, type="tanggap.case_notice.v1")


def kept(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.json")}


def taken_until_full(notifier: Witness) -> list[str]:
    """Ids of what was confirmed before the first refusal."""
    taken: list[str] = []
    with contextlib.suppress(pika.exceptions.NackError):
        for number in range(200):
            say(notifier, f"c-{number}")
            taken.append(f"c-{number}")
    return taken


def test_a_case_gets_from_the_notifier_to_the_agency_s_disk(city: City, notifier: Witness, folder: Path) -> None:
    said = city.shell.run("agency", "amqp", "add", "DLH")
    assert said.code == 0, said.err
    url = next(line.strip() for line in said.out.splitlines() if line.strip().startswith("amqp://"))
    assert f"python agency_client.py {url} cases" in said.out
    say(notifier, "a-1", "a-2", "a-1")
    with city.client(url, folder) as client:
        eventually(lambda: kept(folder) == {"a-1", "a-2"} and notifier.depth(DLH) == 0, 20, describe=client.tail)
        assert json.loads((folder / "a-1.json").read_text())["id"] == "a-1"
        client.wait_for_output("known already: a-1")
        notifier.publish_raw("tanggap.agencies", "DLH", b"{}", message_id="../../out")
        eventually(lambda: notifier.depth(f"{DLH}.dead") == 1, 20, describe=client.tail)
        say(notifier, "a-3")
        eventually(lambda: "a-3" in kept(folder), 20, describe=client.tail)
        assert client.terminate(5) == 0
    assert not [path for path in folder.iterdir() if path.suffix != ".json"]


def test_a_client_that_is_killed_again_and_again_loses_and_doubles_nothing(
    city: City, notifier: Witness, folder: Path
) -> None:
    url = city.add("DLH")
    ids = {f"m-{number}" for number in range(MANY)}
    say(notifier, *sorted(ids))
    for least in (1, MANY // 3, 2 * MANY // 3):
        client = city.client(url, folder).start()
        eventually(lambda least=least: len(kept(folder)) >= least, 20, every=0.001, describe=client.tail)
        client.kill9()
    with city.client(url, folder) as client:
        eventually(lambda: kept(folder) == ids and notifier.depth(DLH) == 0, 30, describe=client.tail)
        assert client.terminate(5) == 0
    assert notifier.depth(f"{DLH}.dead") == 0
    assert all(json.loads((folder / f"{one}.json").read_text())["id"] == one for one in ids)


def test_an_agency_s_user_may_read_its_queue_and_do_nothing_else(city: City) -> None:
    url = city.add("DLH")
    city.add("DISHUB")
    assert refusal(url, lambda channel: channel.basic_get(DLH)) == 0
    acts = {
        "read another's queue": lambda channel: channel.basic_get(DISHUB),
        "read its dead queue": lambda channel: channel.basic_get(f"{DLH}.dead"),
        "read a service's queue": lambda channel: channel.basic_get("desk.keep-cases.v1"),
        "publish to the agencies": lambda channel: channel.basic_publish("tanggap.agencies", "DISHUB", b"{}"),
        "publish a fact": lambda channel: channel.basic_publish("tanggap.events", "case.closed.v1", b"{}"),
        "publish into a queue": lambda channel: channel.basic_publish("", DISHUB, b"{}"),
        "declare a queue": lambda channel: channel.queue_declare("agency.DLH.v1.more", durable=True),
        "declare a temporary queue": lambda channel: channel.queue_declare("", exclusive=True),
        "declare an exchange": lambda channel: channel.exchange_declare("mine", "topic"),
        "bind its queue to more": lambda channel: channel.queue_bind(DLH, "tanggap.agencies", "#"),
        "delete its queue": lambda channel: channel.queue_delete(DLH),
    }
    assert {name: refusal(url, act) for name, act in acts.items()} == dict.fromkeys(acts, 403)


def test_a_new_password_cuts_off_whoever_has_the_old_one(city: City, notifier: Witness, folder: Path) -> None:
    old = city.add("DLH")
    with city.client(old, folder) as client:
        client.wait_for_output("connected")
        new = city.shell.run("agency", "amqp", "rotate", "DLH", "--json").json()["url"]
        client.wait_for_output("not connected", 20)
        assert (lets_in(old), lets_in(new)) == (False, True)
        say(notifier, "b-1")
    with city.client(new, folder) as client:
        eventually(lambda: kept(folder) == {"b-1"}, 20, describe=client.tail)
    again = city.shell.run("agency", "amqp", "add", "DLH")
    assert "its password was shown" in again.out
    assert lets_in(new)


def test_a_full_queue_refuses_and_loses_nothing(city: City, notifier: Witness, folder: Path) -> None:
    url = city.add("DLH")
    small = {"pattern": r"^agency\.DLH\.v1$", "definition": {"max-length": 5}, "apply-to": "queues"}
    city.node.api("PUT", f"policies/{VHOST}/small", small)
    taken = taken_until_full(notifier)
    assert 5 <= len(taken) < 200
    assert notifier.depth(DLH) == len(taken)
    with city.client(url, folder) as client:
        eventually(lambda: kept(folder) == set(taken), 20, describe=client.tail)
        eventually(lambda: say(notifier, "c-again") is None, 20, describe=client.tail)
        eventually(lambda: "c-again" in kept(folder), 20, describe=client.tail)


def test_a_broker_that_lost_its_disk_gets_queues_and_users_back(city: City, notifier: Witness, folder: Path) -> None:
    url, other = city.add("DLH"), city.add("DISHUB")
    assert "2 agencies fetch from a queue" in city.shell.run("doctor").out
    with city.client(url, folder) as client:
        client.wait_for_output("connected")
        lose_broker(city.node)
        client.wait_for_output("not connected", 20)
        set_broker_up(city.node)
        told = city.shell.run("doctor")
        assert "no queue for DISHUB, DLH" in " ".join(told.out.split())
        assert "tanggap agency amqp restore" in told.out
        assert city.shell.run("agency", "amqp", "restore").code == 0
        assert (lets_in(url), lets_in(other)) == (True, True)
        say(notifier, "d-1")
        eventually(lambda: kept(folder) == {"d-1"}, 40, describe=client.tail)
    assert "2 agencies fetch from a queue" in city.shell.run("doctor").out


def test_a_queue_with_messages_is_not_removed_by_mistake(city: City, notifier: Witness, folder: Path) -> None:
    url = city.add("DLH")
    say(notifier, "e-1", "e-2")
    holding = pika.BlockingConnection(pika.URLParameters(url))
    holding.channel().basic_get(DLH)
    said = city.shell.run("agency", "amqp", "remove", "DLH", "--yes")
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        holding.process_data_events(5)
    assert (said.code, "2 messages wait" in said.err) == (2, True)
    assert city.shell.run("agency", "show", "DLH", "--json").json()["ways"] == []
    with pytest.raises(pika.exceptions.UnroutableError):
        say(notifier, "e-3")
    with city.client(url, folder) as client:
        eventually(lambda: kept(folder) == {"e-1", "e-2"} and notifier.depth(DLH) == 0, 20, describe=client.tail)
    assert city.shell.run("agency", "amqp", "remove", "DLH", "--yes").code == 0
    assert (notifier.exists(DLH), notifier.exists(f"{DLH}.dead"), lets_in(url)) == (False, False, False)


def test_nobody_who_may_not_administer_makes_a_queue(city: City) -> None:
    wrong = f"http://migrate:password-migrate@127.0.0.1:{city.node.home.http_port}"
    said = city.shell.run("agency", "amqp", "add", "DLH", TANGGAP_ADMIN_MANAGEMENT_URL=wrong)
    assert (said.code, "refuses the user" in said.err) == (2, True)
    said = city.shell.run("agency", "amqp", "add", "DLH", TANGGAP_ADMIN_MANAGEMENT_URL="http://a:b@127.0.0.1:1")
    assert (said.code, "does not answer" in said.err) == (2, True)
    assert city.shell.run("agency", "show", "DLH", "--json").json()["ways"] == []
