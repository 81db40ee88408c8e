"""The services reach broker and database by TLS, and neither where it shows a certificate that they do not trust."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.integration.notifier_channels.certificates import Certificate, certificate
from tests.support.eventually import eventually
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.ports import free_port
from tests.support.postgres import SERVER_USER, PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT, DistributedSystem

NAME = "localhost"


@dataclass(frozen=True)
class Reached:
    """Gives the address of the TLS port to whoever asks for one; everything else is the node's own."""

    node: RabbitNode
    port: int

    def url(self, *names: str) -> str:
        plain = self.node.url(*names)
        return plain.replace("amqp://", "amqps://").replace(f"127.0.0.1:{self.node.port}", f"{NAME}:{self.port}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.node, name)


@dataclass(frozen=True)
class Verified:
    """As docs/operations.md tells to write the addresses of a database that is to prove who it is."""

    server: PostgresServer
    authority: Path

    def url(self, user: str, password: str, database: str) -> str:
        plain = self.server.url(user, password, database).replace("@127.0.0.1:", f"@{NAME}:")
        return f"{plain}?sslmode=verify-full&sslrootcert={self.authority}"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("own"), NAME)


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For the same name, by somebody else."""
    return certificate(tmp_path_factory.mktemp("strange"), NAME)


@pytest.fixture(scope="module")
def reached(own: Certificate) -> Iterator[Reached]:
    port = free_port()
    lines = (f"listeners.ssl.1 = 127.0.0.1:{port}", f"ssl_options.certfile = {own.path}",
             f"ssl_options.keyfile = {own.path}", "ssl_options.verify = verify_none")  # fmt: skip
    try:
        node = RabbitNode("\n".join(lines))
    except NotInstalled as problem:
        skip_or_fail(problem)
    with node:
        node.create_vhost("tls")
        yield Reached(node, port)


@pytest.fixture(scope="module")
def server(own: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    try:
        server = PostgresServer(settings={"ssl": "on"})
    except NotInstalled as problem:
        skip_or_fail(problem)
    path = server.folder / "server.pem"  # both in one file, as it was made
    shutil.copy(own.path, path)
    path.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(path, SERVER_USER)
    server.server.args += ["-c", f"ssl_cert_file={path}", "-c", f"ssl_key_file={path}"]
    with server:
        yield server


@pytest.fixture(scope="module")
def system(
    reached: Reached, server: PostgresServer, own: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DistributedSystem]:
    server.create_database("tls")
    verified = Verified(server, own.path)
    admin = verified.url("postgres", server.password, "tls")
    trusting = {"SSL_CERT_FILE": str(own.path)}
    made = DistributedSystem(
        tmp_path_factory.mktemp("tls"), reached, "tls", verified, admin, settings=trusting  # type: ignore[arg-type]
    )  # fmt: skip
    with made:
        yield made


def test_a_complaint_goes_its_way_and_every_connection_is_encrypted(
    system: DistributedSystem, reached: Reached, server: PostgresServer
) -> None:
    answer = system.submit("PJU mati di Jalan Baros", contact={"email": "warga@example.org"})
    assert answer.status_code == 201, answer.text
    told = f"SELECT state FROM deliveries WHERE ticket = '{answer.json()['ticket']}' AND message = 'case_notice'"
    eventually(lambda: system.rows("notifier", told) == [("captured",)], 30, describe=system.describe)
    eventually(lambda: encrypted_at(reached.node) == {True}, 15, describe=lambda: encrypted_at(reached.node))
    engine = create_engine(server.admin_url("tls"))
    with engine.connect() as connection:
        ours = "SELECT pid FROM pg_stat_activity WHERE datname = 'tls' AND usename <> 'postgres'"
        encrypted = connection.execute(text(f"SELECT DISTINCT ssl FROM pg_stat_ssl WHERE pid IN ({ours})")).all()
    assert encrypted == [(True,)]
    engine.dispose()


def encrypted_at(node: RabbitNode) -> set[bool]:
    """What the broker says of the services' connections; it learns of a new one after some seconds."""
    return {one["ssl"] for one in node.api("GET", "connections?columns=ssl,user") if one["user"] != "guest"}


@pytest.mark.parametrize("service", ["intake", "router"])
def test_a_strange_broker_gets_neither_password_nor_messages(
    system: DistributedSystem, strange: Certificate, tmp_path: Path, service: str
) -> None:
    process = _with(system, service, tmp_path, SSL_CERT_FILE=str(strange.path))
    with process:
        process.wait_for_output("CERTIFICATE_VERIFY_FAILED", 30)


def test_nor_does_a_strange_database(system: DistributedSystem, strange: Certificate, tmp_path: Path) -> None:
    url = system.database_url("intake")
    mistrusting = url.replace(url.partition("sslrootcert=")[2], str(strange.path))
    process = _with(system, "intake", tmp_path, TANGGAP_INTAKE_DATABASE_URL=mistrusting)
    with process:
        process.wait_for_output("certificate verify failed", 30)


def _with(system: DistributedSystem, service: str, folder: Path, **changes: str) -> Process:
    """One more process of the service, that differs in this."""
    port = {f"TANGGAP_{service.upper()}_PORT": str(free_port())}
    env = {**(system.processes[service].env or {}), **port, **changes}
    args = system.processes[service].args
    return Process(args, log=folder / "other.log", env=env, cwd=ROOT, name=f"other {service}")
