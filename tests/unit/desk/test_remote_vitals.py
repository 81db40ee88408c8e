"""What the desk makes of another service's answer."""

from datetime import timedelta

import pytest

from services.desk.console.around import Around, RemoteVitals
from shared.errors import Transient
from shared.thresholds import OK, PROBLEM
from shared.vitals.board import Board
from shared.vitals.looking import Looking, look_round
from shared.vitals.sign import Sign
from shared.vitals.table import Process
from shared.web.internal import InternalClient
from tests.support.clock import MovableClock
from tests.support.http_sink import HttpSink

CLOCK = MovableClock()


def answer(ahead_seconds: float = 0.0) -> dict[str, object]:
    now = CLOCK.now() + timedelta(seconds=ahead_seconds)
    board = Board(Process("r:1", "router", "1", now, now))
    board.note_signs([Sign("rules", OK, 0.0)], now)
    return {"now": now.isoformat(), "own": board.seen.process.as_dict(), "processes": [], "read_at": None}


def remote(sink: HttpSink) -> RemoteVitals:
    return RemoteVitals(InternalClient(sink.url, "t" * 40, timeout_seconds=1), CLOCK)


def test_signs_arrive_and_clocks_are_compared() -> None:
    with HttpSink() as sink:
        sink.answer(200, answer(ahead_seconds=30))
        told = remote(sink).ask()
    assert [sign.name for sign in told.seen.signs] == ["rules"]
    assert 25 < told.offset_seconds < 31
    assert sink.requests[0].path == "/internal/vitals"


@pytest.mark.parametrize(
    "body", [{}, {"now": "soon"}, {**answer(), "own": {"signs": []}}, {**answer(), "processes": 3}]
)
def test_what_cannot_be_read_is_no_answer(body: dict[str, object]) -> None:
    with HttpSink() as sink:
        sink.answer(200, body)
        with pytest.raises(Transient) as caught:
            remote(sink).ask()
    assert caught.value.code == "unreadable"


def test_who_answers_no_more_has_said_nothing() -> None:
    with HttpSink() as sink:
        sink.answer(200, answer())
        around = Around({"router": remote(sink)})
        lookings = [Looking(probe, CLOCK) for probe in around.probes()]
        assert [(one.about, one.state) for one in look_round(lookings, 5)] == [("router", OK)]
        assert list(around.told()) == ["router"]
        sink.answer(503)
        assert [(one.about, one.state) for one in look_round(lookings, 5)] == [("router", PROBLEM)]
        assert around.told() == {}
