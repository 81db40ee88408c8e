"""Deadlines of the desk on the tracking page, and a page that works without them."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.deadlines import REST, CaseDeadlines
from shared.errors import Rejected, Transient
from tests.unit.intake.building import HeldClock

ROW: dict[str, Any] = {
    "clock": "settle", "title": "Penyelesaian", "started_at": "2026-11-24T03:00:00+00:00",
    "due_at": "2026-12-15T09:00:00+00:00", "state": "running", "late": False, "provisional": True,
    "told": ["14 hari kerja sejak 24 November."],
}  # fmt: skip


class Desk:
    """Answers as told, and counts how often it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def get(self, path: str) -> Any:
        self.asked.append(path)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_those_that_run_are_shown_the_next_first() -> None:
    later = {**ROW, "title": "Nanti", "due_at": "2026-12-20T09:00:00+00:00"}
    desk = Desk({"deadlines": [later, ROW, {**ROW, "state": "met"}, {**ROW, "state": "ended"}]})
    found = CaseDeadlines(lambda: desk, HeldClock()).of("c/1")
    assert found is not None
    assert [(one.title, one.provisional, one.told) for one in found] == [
        ("Penyelesaian", True, ("14 hari kerja sejak 24 November.",)),
        ("Nanti", True, ("14 hari kerja sejak 24 November.",)),
    ]
    assert desk.asked == ["/cases/c%2F1/deadlines"]


def test_a_case_that_the_desk_does_not_know_has_none() -> None:
    assert CaseDeadlines(lambda: Desk(Rejected("no", code="unknown_case")), HeldClock()).of("c1") == ()
    assert CaseDeadlines(lambda: None, HeldClock()).of("c1") == ()


@pytest.mark.parametrize(
    "answer",
    [Transient("away", code="service_away"), {}, [], {"deadlines": [{}]}, {"deadlines": [{**ROW, "due_at": "morgen"}]},
     {"deadlines": [{**ROW, "due_at": "2026-12-15T09:00:00"}]}, {"deadlines": None}],
)  # fmt: skip
def test_a_desk_that_is_away_or_talks_nonsense_is_left_alone_for_a_while(answer: Any) -> None:
    desk, clock = Desk(answer), HeldClock()
    deadlines = CaseDeadlines(lambda: desk, clock)
    assert deadlines.of("c1") is None
    assert deadlines.of("c2") is None
    assert len(desk.asked) == 1
    clock.moment += REST
    desk.answer = {"deadlines": [ROW]}
    assert deadlines.of("c1") != ()
    assert len(desk.asked) == 2
