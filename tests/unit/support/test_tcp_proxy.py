"""The way that can break: what gets through, what does not, and what is left afterwards."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.eventually import eventually
from tests.support.tcp_proxy import TcpProxy


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


@pytest.fixture
def proxy(echo: int) -> Iterator[TcpProxy]:
    with TcpProxy(echo) as proxy:
        yield proxy


def test_everything_gets_through_in_both_directions_and_in_order(proxy: TcpProxy) -> None:
    sent = bytes(range(256)) * 8_000
    with _connect(proxy) as client:
        threading.Thread(target=client.sendall, args=(sent,), daemon=True).start()
        assert _read(client, len(sent)) == sent
    eventually(lambda: proxy.connections == 0, 5)


def test_a_cut_resets_what_is_there_and_what_comes_until_it_is_healed(proxy: TcpProxy) -> None:
    with _connect(proxy) as client:
        assert _said_back(client, b"a") == b"a"
        proxy.cut()
        assert _is_reset(client)
        with _connect(proxy) as other:
            assert _is_reset(other)
    proxy.heal()
    with _connect(proxy) as client:
        assert _said_back(client, b"b") == b"b"


def test_while_it_is_silent_connections_stay_and_nothing_is_heard(proxy: TcpProxy) -> None:
    with _connect(proxy) as used, _connect(proxy) as idle:
        assert _said_back(used, b"a") == b"a"
        assert _said_back(idle, b"a") == b"a"
        proxy.swallow()
        with _connect(proxy) as late:
            for client in (used, late):
                client.sendall(b"swallowed")
                client.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    client.recv(1)
            proxy.heal()
            assert _is_reset(used), "bytes of it are missing"
            assert _is_reset(late)
        assert _said_back(idle, b"b") == b"b", "nothing of it was missing"


def test_the_server_does_not_learn_that_a_client_has_gone_while_it_is_silent(proxy: TcpProxy) -> None:
    client = _connect(proxy)
    assert _said_back(client, b"a") == b"a"
    proxy.swallow()
    client.close()
    time.sleep(0.2)
    assert proxy.connections == 1
    proxy.heal()
    eventually(lambda: proxy.connections == 0, 5)


def test_slow_is_late_and_in_order_also_while_it_ends(proxy: TcpProxy) -> None:
    with _connect(proxy) as client:
        assert _said_back(client, b"a") == b"a"
        proxy.slow(0.2)
        started = time.monotonic()
        client.sendall(b"first ")
        time.sleep(0.1)
        proxy.heal()
        client.sendall(b"second")
        assert _read(client, 12) == b"first second"
        assert 0.15 < time.monotonic() - started < 5


def test_without_a_server_behind_it_it_resets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with TcpProxy(port) as proxy, _connect(proxy) as client:
        assert _is_reset(client)


def _serve(listening: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_say_back, args=(connection,), daemon=True).start()


def _say_back(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(65_536):
            connection.sendall(data)


def _connect(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def _said_back(client: socket.socket, data: bytes) -> bytes:
    client.sendall(data)
    return _read(client, len(data))


def _read(client: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (data := client.recv(count - len(found))):
        found += data
    return found


def _is_reset(client: socket.socket) -> bool:
    client.settimeout(5)
    try:
        client.sendall(b"?")
        return client.recv(1) == b""
    except ConnectionError:
        return True
