"""Stopping a web server in good order: who has come is answered, who comes now is refused, nobody is waited for."""

import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response

from shared.web.server import WebServer
from tests.support.eventually import eventually


@dataclass
class Slow:
    """A page that is answered when `go_on` is set."""

    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)

    def view(self) -> str:
        self.begun.release()
        assert self.go_on.wait(10)
        return "x" * 3_000_000

    def stream(self) -> Response:
        def events() -> Iterator[str]:
            self.begun.release()
            while not self.go_on.wait(0.05):
                yield ": \n\n"

        return Response(events(), mimetype="text/event-stream")


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[WebServer]:
    app = Flask(__name__)
    app.add_url_rule("/slow", view_func=slow.view)
    app.add_url_rule("/stream", view_func=slow.stream)
    app.add_url_rule("/quick", view_func=lambda: "quick", endpoint="quick")
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    yield server
    slow.go_on.set()
    server.stop()


def asked(server: WebServer, path: str, accept: str = "*/*") -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={"Accept": accept})
    return connection


def test_what_is_in_hand_is_answered_whole_and_nobody_else_is_let_in(server: WebServer, slow: Slow) -> None:
    waiting = [asked(server, "/slow") for _ in range(3)]
    for _ in waiting:
        assert slow.begun.acquire(timeout=5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    eventually(lambda: _is_refused(server), 3, every=0.02)
    assert stopping.is_alive(), "three are still in hand"
    slow.go_on.set()
    for connection in waiting:
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (200, 3_000_000)
    stopping.join(3)
    assert not stopping.is_alive()


def test_a_connection_that_is_only_open_holds_nobody_up(server: WebServer) -> None:
    idle = asked(server, "/quick")
    assert idle.getresponse().read() == b"quick"
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 1
    assert _is_refused(server)


def test_a_stream_of_events_is_not_waited_for(server: WebServer, slow: Slow) -> None:
    reading = asked(server, "/stream", "text/event-stream")
    assert slow.begun.acquire(timeout=5)
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 2
    reading.close()


def test_a_request_that_never_comes_to_an_end_is_not_waited_for_long(server: WebServer) -> None:
    half = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    half.putrequest("POST", "/quick")
    half.putheader("Content-Length", "10")
    half.endheaders(b"only")
    eventually(lambda: server._in_hand(), 3, every=0.02)
    started = time.monotonic()
    server.stop()
    assert 4 < time.monotonic() - started < 7


def test_a_server_that_was_never_started_gives_its_port_back() -> None:
    server = WebServer(Flask(__name__), "127.0.0.1", 0)
    server.stop()
    assert _is_refused(server)


def _is_refused(server: WebServer) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=3)
    try:
        connection.connect()
    except ConnectionRefusedError:
        return True
    finally:
        connection.close()
    return False
