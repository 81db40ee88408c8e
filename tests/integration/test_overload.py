"""A server that gets more than it can do: who waits, who is turned away and how, and who always gets through."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Response
from werkzeug.test import Client

from services.intake import tables
from shared.observability.metrics import Metrics
from shared.web.base import add_health, create_web
from shared.web.lanes import LONG, SHORT, STREAMS, lane_by_path
from shared.web.server import WebServer
from shared.web.turning_away import LEAST_SECONDS, MOST_SECONDS, TurningAway
from tests.integration.web_browser import PAGE, hidden_fields
from tests.support.eventually import eventually
from tests.unit.intake.building import Intake, intake

MOST_WAIT = 0.3
WORTH = 2 * MOST_WAIT
CITIZENS = 25


class Stuck:
    """A service whose pages wait until `go` is set."""

    def __init__(self) -> None:
        self.go, self.metrics = threading.Event(), Metrics()
        app = create_web("tests", service="stuck", metrics=self.metrics)
        app.config["LANE_OF"] = lane_by_path(lambda path: path == "/export", lambda path: path == "/stream")
        for path in ("/page", "/export", "/internal/ask", "/stream"):
            app.add_url_rule(path, path, self._wait, methods=["GET", "POST"])
        app.add_url_rule("/internal/quick", "quick", lambda: "done")
        app.add_url_rule("/quick", "quick_page", lambda: "done")
        add_health(app, unready=dict, warnings=list, stuck=list, metrics=self.metrics)
        self.server = WebServer(app, "127.0.0.1", 0, MOST_WAIT)
        self.threads = ThreadPoolExecutor(80)

    def _wait(self) -> Response:
        assert self.go.wait(30)
        return Response("done")

    def ask(self, path: str, **headers: str) -> tuple[int, HTTPResponse, float]:
        began = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", self.server.port, timeout=20)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer, time.monotonic() - began

    def ask_often(self, path: str, number: int) -> list[Future[tuple[int, HTTPResponse, float]]]:
        return [self.threads.submit(self.ask, path) for _ in range(number)]

    def count(self, name: str, lane: str) -> float:
        return self.metrics.registry.get_sample_value(name, {"service": "stuck", "lane": lane}) or 0.0


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    one = Stuck()
    one.server.start()
    yield one
    one.go.set()
    one.threads.shutdown()
    one.server.stop()


def test_whoever_waits_is_told_in_time_and_newcomers_at_once(stuck: Stuck) -> None:
    served, waiting = stuck.ask_often("/page", SHORT.threads), []
    eventually(lambda: stuck.count("tanggap_http_wait_seconds_count", "short") == SHORT.threads)
    waiting = stuck.ask_often("/page", 20)
    for status, answer, seconds in (one.result() for one in waiting):
        assert status == 503
        assert seconds < WORTH + 1
        assert LEAST_SECONDS <= int(answer.headers["Retry-After"]) <= MOST_SECONDS
    assert not any(one.done() for one in served), "what is in hand goes on"
    last = stuck.ask_often("/page", 1)[0]
    time.sleep(MOST_WAIT * 1.2)
    status, _, seconds = stuck.ask("/page")
    assert (status, seconds < MOST_WAIT / 2) == (503, True), "others have waited too long: no use to wait behind them"
    stuck.go.set()
    assert {one.result()[0] for one in served} == {200}
    assert last.result()[0] in (200, 503)
    assert stuck.ask("/page")[0] == 200, "as soon as there is room it is as if nothing had been"
    assert stuck.count("tanggap_http_turned_away_total", "short") >= 21


def test_signs_other_services_and_short_pages_never_wait_for_what_takes_long(stuck: Stuck) -> None:
    stuck.ask_often("/export", LONG.threads + 5)
    stuck.ask_often("/stream", STREAMS.threads)
    assert stuck.ask("/quick")[0] == 200
    stuck.ask_often("/page", SHORT.threads + 30)
    for path in ("/healthz", "/readyz", "/metrics", "/internal/quick"):
        status, _, seconds = stuck.ask(path)
        assert (status, seconds < 1) == (200, True), path
    assert stuck.count("tanggap_http_turned_away_total", "signs") == 0


def test_what_takes_long_may_also_wait_longer(stuck: Stuck) -> None:
    exports = stuck.ask_often("/export", LONG.threads + 2)
    pages = stuck.ask_often("/page", SHORT.threads + 1)
    eventually(lambda: sum(one.done() for one in pages) == 1)
    stuck.go.set()
    assert {one.result()[0] for one in exports} == {200}


def test_a_connection_is_kept_when_somebody_is_turned_away(stuck: Stuck) -> None:
    stuck.ask_often("/page", SHORT.threads + 1)
    eventually(lambda: stuck.count("tanggap_http_turned_away_total", "short") == 1)
    with closing(HTTPConnection("127.0.0.1", stuck.server.port, timeout=20)) as connection:
        connection.request("POST", "/page", b"x" * 1000)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert b'"code": "busy"' in answer.read()
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200


def test_a_server_that_is_stopped_answers_what_it_has_in_hand_and_hangs_up(stuck: Stuck) -> None:
    in_hand = stuck.ask_often("/page", 2)
    eventually(lambda: stuck.count("tanggap_http_wait_seconds_count", "short") == 2)
    with closing(HTTPConnection("127.0.0.1", stuck.server.port, timeout=20)) as kept:
        kept.request("GET", "/quick")
        assert kept.getresponse().read() == b"done"
        stopping = stuck.threads.submit(stuck.server.stop)
        eventually(lambda: _is_closed(stuck.server.port))
        stuck.go.set()
        assert [one.result()[0] for one in in_hand] == [200, 200]
        assert stopping.result(2) is None, "a connection that somebody keeps open holds nobody up"


def _is_closed(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Accept": "text/html"}, "Laporan itu belum tersimpan."),
        ({"Accept": "text/html", "Accept-Language": "en"}, "That report is not stored yet."),
        ({"Accept": "text/html", "Cookie": "tanggap_language=en"}, "That report is not stored yet."),
    ],
)
def test_a_citizen_reads_it_in_plain_words_of_his_language(built: Intake, headers: dict[str, str], said: str) -> None:
    busy = Client(TurningAway(built.service.web), use_cookies=False)
    busy.get("/track?code=SECRET", headers=headers)
    answer = busy.post("/complaints", headers=headers)
    assert answer.status_code == 503
    assert said in answer.text
    assert "tel:112" in answer.text
    assert "SECRET" not in answer.text
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/v1/complaints", "/sms/kannel?text=x", "/open311/v2/requests.json"])
def test_programs_and_gateways_get_what_they_try_again_after(built: Intake, path: str) -> None:
    answer = Client(TurningAway(built.service.web)).post(path)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.get_json()["code"] == "busy"
    assert answer.headers["Retry-After"]


def test_who_was_turned_away_and_sends_the_same_again_has_one_complaint(built: Intake) -> None:
    """Many forms at once on a server that lets nobody wait; each is sent again until it has its receipt twice."""
    server = WebServer(built.service.web, "127.0.0.1", 0, 0.005)
    server.start()
    forms = [_form(built, f"Lampu padam di gang {number}") for number in range(CITIZENS)]
    built.clock.pass_by(seconds=20)
    statuses: Counter[int] = Counter()
    try:
        with ThreadPoolExecutor(CITIZENS) as threads:
            for told in threads.map(lambda form: _send_until_taken(server, *form), forms):
                statuses.update(told)
    finally:
        server.stop()
    assert set(statuses) == {303, 503}
    assert statuses[303] == 2 * len(forms)
    assert len(built.rows(tables.complaints)) == len(forms)


def _form(built: Intake, text: str) -> tuple[str, bytes]:
    """The cookie of a browser of its own with an opened form, and what the form sends."""
    browser = built.service.web.test_client()
    fields = {"kind": "pengaduan", "identity": "anonymous", **hidden_fields(browser.get("/", headers=PAGE).text)}
    cookie = browser.get_cookie("tanggap_intake")
    assert cookie is not None
    return f"tanggap_intake={cookie.value}", urlencode({**fields, "text": text}).encode()


def _send_until_taken(server: WebServer, cookie: str, body: bytes) -> list[int]:
    """Twice, as after a reload. All statuses."""
    told: list[int] = []
    while told.count(303) < 2:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, **PAGE}
            connection.request("POST", "/complaints", body, headers)
            told.append(connection.getresponse().status)
    return told
