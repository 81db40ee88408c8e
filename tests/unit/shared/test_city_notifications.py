"""How a city tells people, read from its pack: every line can be left out, and every mistake is told with its line."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.city_notifications import Notifications, read_notifications, usual_notifications
from shared.marked_yaml import Problem, read_section


def read(text: str, language: str = "id") -> tuple[Notifications, list[str]]:
    problems: list[Problem] = []
    found = read_notifications(read_section("notifications.yaml", text, problems), language)
    return found, [str(problem) for problem in problems]


def well(text: str) -> Notifications:
    found, problems = read(text)
    assert problems == []
    return found


def test_an_empty_file_and_none_are_as_usual() -> None:
    assert well("") == well("# nothing\n") == usual_notifications("id") == Notifications()
    assert usual_notifications("jv").languages == ("jv",)
    assert usual_notifications("").languages == ("id",)


def test_everything_can_be_said() -> None:
    found = well("""
languages: [en, id]
quiet_hours: {from: "22:30", to: "05.15"}
citizen_daily_limit: 7
gather_seconds: 0
citizen_updates: {email: [answered], sms: []}
ask_satisfaction: false
remind_after_hours: 48
fail_over_after_hours: 0.5
give_up_after_hours: 12
alert_after_bounces: 5
keep_bodies_days: 30
private_webhooks: [10.1.0.0/16, "fd00::/8"]
per_second: {sms: 5, email: 0.5}
""")
    assert found == Notifications(
        languages=("id", "en"), quiet_from=time(22, 30), quiet_to=time(5, 15), citizen_daily_limit=7, gather_seconds=0,
        citizen_updates={"email": frozenset({"answered"}), "sms": frozenset()}, ask_satisfaction=False,
        remind_after_hours=48, fail_over_after_hours=0.5, give_up_after_hours=12.0, alert_after_bounces=5,
        keep_bodies_days=30, private_webhooks=("10.1.0.0/16", "fd00::/8"), per_second={"sms": 5.0, "email": 0.5},
    )  # fmt: skip


def test_a_channel_that_is_not_named_tells_nothing() -> None:
    assert well("citizen_updates: {email: [forwarded]}").citizen_updates["sms"] == frozenset()


WRONG = [
    ("languages: [en]", 1, "`languages` lacks the city's own, `id`"),
    ("languages: [id, english]", 1, "`english` is no language"),
    ("\nquiet_hours: {from: 25:00}", 2, "`25:00` is no time of day"),
    ("quiet_hours:\n  until: '06:00'", 2, "`until` is not known here"),
    ("citizen_daily_limit: 0", 1, "`citizen_daily_limit` should lie between 1 and 1000"),
    ("gather_seconds: soon", 1, "`gather_seconds` should be a whole number"),
    ("citizen_updates:\n  email: [routed]", 2, "`routed` is nothing that citizens are told"),
    ("citizen_updates:\n  fax: [answered]", 2, "`fax` is not known here"),
    ("fail_over_after_hours: nan", 1, "`fail_over_after_hours` should be a number between"),
    ("give_up_after_hours: 2\nfail_over_after_hours: 3", 2, "`fail_over_after_hours` is longer than"),
    ("private_webhooks: [10.1.0.1/16]", 1, "`10.1.0.1/16` is no network"),
    ("per_second:\n  fax: 1", 2, "`fax` is no channel"),
    ("per_second:\n  sms: 0", 2, "`sms` should be a number between"),
    ("per_second:\n  sms:", 2, "`sms` should be a number between"),
    ("gather_second: 5", 1, "`gather_second` is not known here. Did you mean `gather_seconds`?"),
]


@pytest.mark.parametrize(("text", "line", "told"), WRONG)
def test_a_mistake_is_told_with_its_line_and_the_usual_is_taken(text: str, line: int, told: str) -> None:
    _, problems = read(text)
    assert problems[0].startswith(f"notifications.yaml:{line}: {told}"), problems


@given(
    st.dictionaries(
        st.sampled_from(["languages", "quiet_hours", "gather_seconds", "citizen_updates", "private_webhooks",
                         "per_second", "give_up_after_hours", "ask_satisfaction"]),
        st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
        | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    )
)  # fmt: skip
def test_no_file_is_ever_more_than_told_about(document: dict[str, Any]) -> None:
    read(yaml.safe_dump(document))
