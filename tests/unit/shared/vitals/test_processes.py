"""Which processes run, as their rows tell."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.thresholds import OK, PROBLEM, WARNING
from shared.vitals.processes import service_signs
from shared.vitals.table import Process

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


def process(name: str, role: str = "router", *, silent: float = 1, started: float = 3600, ended: float | None = None
            ) -> Process:  # fmt: skip
    """Times are seconds ago."""
    ended_at = None if ended is None else NOW - timedelta(seconds=ended)
    return Process(
        name, role, "1", NOW - timedelta(seconds=started), NOW - timedelta(seconds=silent), ended_at
    )  # fmt: skip


@pytest.mark.parametrize(
    ("processes", "state", "up"),
    [
        ([process("a")], OK, 1.0),
        ([process("a"), process("b")], OK, 1.0),
        ([process("a", silent=31)], PROBLEM, 0.0),
        ([process("a"), process("b", silent=40)], WARNING, 1.0),
        ([process("a", started=10), process("b", silent=40)], OK, 1.0),
        ([process("a", silent=20, ended=20)], OK, 0.0),
        ([process("a", silent=200, ended=200)], PROBLEM, 0.0),
        ([process("a"), process("b", silent=900, ended=900)], OK, 1.0),
    ],
    ids=["runs", "two run", "went silent", "one of two went silent", "another came in its place", "is being replaced",
         "was stopped and nobody came", "one of two was stopped"],
)  # fmt: skip
def test_a_role_is_as_its_processes_are(processes: list[Process], state: str, up: float) -> None:
    (sign,) = service_signs(processes, NOW)
    assert (sign.state, sign.value, sign.about) == (state, up, "router")


def test_each_role_has_a_sign_and_what_commands_left_has_none() -> None:
    rows = [process("a"), process("b", "mail", silent=100), process("c", "reconcile", silent=9999)]
    assert [(sign.about, sign.state) for sign in service_signs(rows, NOW)] == [("mail", PROBLEM), ("router", OK)]
