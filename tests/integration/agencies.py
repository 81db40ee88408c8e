"""A broker with the users of a release, operated by `tanggap agency`, and an agency that runs the example client."""

import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pika

from services.composition import OWNERS, migrations_of
from services.desk.directory import repository as repository_agencies
from services.desk.directory.agencies import entry_of
from shared.city import Agency
from shared.messaging.kombu_broker import declare_topology
from shared.messaging.rabbit_definitions import VHOST, definitions, users
from shared.messaging.topology import TOPOLOGY
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT
from tests.unit.operations.shell import Shell

CODES = ("DLH", "DISHUB")


@dataclass(frozen=True)
class City:
    node: RabbitNode
    data: Path
    shell: Shell

    def url(self, user: str, password: str = "") -> str:
        return self.node.url(VHOST, user, password or f"password-{user}")

    def add(self, code: str) -> str:
        """The URL that the agency is given."""
        said = self.shell.run("agency", "amqp", "add", code, "--json")
        assert said.code == 0, said.err
        url: str = said.json()["url"]
        return url

    def client(self, url: str, folder: Path) -> Process:
        program = ROOT / "deploy/examples/agency_client.py"
        return Process([sys.executable, program, url, folder], log=folder.with_suffix(".log"), name="agency_client")


def open_city(node: RabbitNode, data: Path) -> City:
    """As the compose stack has it: users and rights of the definitions, the topology declared by `migrate`."""
    found = City(node, data, _shell(node, data))
    set_broker_up(node)
    for owner in OWNERS:
        database = Database(f"sqlite:///{data / owner}.db")
        migrate(database.engine, migrations_of(owner))
        if owner == "desk":
            with database.write() as tx:
                for code in CODES:
                    repository_agencies.add(tx, entry_of(Agency(code, f"Dinas {code}", "internal")))
        database.close()
    return found


def set_broker_up(node: RabbitNode) -> None:
    """Also a broker that was lost."""
    node.api(
        "POST",
        "definitions",
        definitions({one.name: f"password-{one.name}" for one in users()}, {}, secrets.token_bytes),
    )
    node.set_permissions(VHOST, "guest", ".*", ".*", ".*")
    declare_topology(node.url(VHOST, "migrate", "password-migrate"), TOPOLOGY)


def lose_broker(node: RabbitNode) -> None:
    """As with its disk: the virtual host and all users but the node's own."""
    node.delete_vhost(VHOST)
    for user in node.api("GET", "users"):
        if user["name"] != "guest":
            node.delete_user(user["name"])


def refusal(url: str, act: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]) -> int:
    """The code with which the broker closes the channel; 0 when it does not."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        try:
            act(channel)
            channel.queue_declare("agency.DLH.v1", passive=True)  # a publish is answered by the next call
        except pika.exceptions.ChannelClosedByBroker as error:
            return int(error.reply_code)
        return 0


def lets_in(url: str) -> bool:
    try:
        pika.BlockingConnection(pika.URLParameters(url)).close()
    except pika.exceptions.AMQPConnectionError:
        return False
    return True


def _shell(node: RabbitNode, data: Path) -> Shell:
    management = f"http://operations:password-operations@127.0.0.1:{node.home.http_port}"
    return Shell(
        {
            "TANGGAP_DATA": str(data),
            "TANGGAP_ADMIN_BROKER_URL": node.url(VHOST, "migrate", "password-migrate"),
            "TANGGAP_ADMIN_MANAGEMENT_URL": management,
        }
    )
