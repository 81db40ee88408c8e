"""A machine that loses its power says nothing: the connections to it must end by themselves, at both ends."""

import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from shared.storage.database import Database

NOTICED_SECONDS = 60


@pytest.fixture
def database(postgres_database: str) -> Iterator[Database]:
    one = Database(postgres_database)
    yield one
    one.close()


@pytest.mark.parametrize("way", ["read", "write"])
def test_a_peer_that_is_gone_is_noticed_within_a_minute(database: Database, way: str) -> None:
    """Left to itself the kernel asks after two hours, and repeats for a quarter of an hour what nobody takes."""
    with database.write() if way == "write" else database.read() as opened:
        connection = opened.connection if way == "write" else opened
        driver = connection.connection.driver_connection
        with socket.socket(fileno=socket.dup(driver.fileno())) as tcp:

            def option(name: int) -> int:
                return tcp.getsockopt(socket.IPPROTO_TCP, name)

            assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            tries = option(socket.TCP_KEEPINTVL) * option(socket.TCP_KEEPCNT)
            assert option(socket.TCP_KEEPIDLE) + tries <= NOTICED_SECONDS
            assert 0 < option(socket.TCP_USER_TIMEOUT) <= NOTICED_SECONDS * 1000


@pytest.mark.parametrize("way", ["read", "write"])
def test_a_server_notices_within_a_minute_that_we_are_gone(database: Database, way: str) -> None:
    """What it was bringing us would hold its locks for a quarter of an hour, what it waits for from us for hours."""
    with database.write() if way == "write" else database.read() as opened:

        def seconds(name: str) -> float:
            asked = text(
                "SELECT setting::float * CASE unit WHEN 'ms' THEN 0.001 ELSE 1 END FROM pg_settings WHERE name = :name"
            )
            return float(opened.execute(asked, {"name": name}).scalar_one())

        tries = seconds("tcp_keepalives_interval") * seconds("tcp_keepalives_count")
        assert 0 < seconds("tcp_keepalives_idle") + tries <= NOTICED_SECONDS
        assert 0 < seconds("tcp_user_timeout") <= NOTICED_SECONDS
