"""How long a city keeps things: read with its mistakes told by line, and due to the second."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.operations.pack_lint import lint_pack
from shared.city_retention import (
    KINDS,
    LEAST_SMS_DAYS,
    MOST_DAYS,
    RETENTION_FILE,
    USUAL_RETENTION,
    CityRetention,
    RetentionRule,
    read_retention,
)
from shared.citypack import load_pack
from shared.marked_yaml import Problem, read_section

CITIES = Path(__file__).parents[3] / "deploy" / "cities"


def read(text: str) -> tuple[CityRetention, list[Problem]]:
    problems: list[Problem] = []
    return read_retention(read_section(RETENTION_FILE, text, problems)), problems


def test_what_is_not_said_is_as_usual_and_to_be_confirmed() -> None:
    assert read("") == (USUAL_RETENTION, [])
    assert [rule.kind for rule in USUAL_RETENTION.rules] == list(KINDS)
    assert all(rule.confirm for rule in USUAL_RETENTION.rules)


def test_each_kind_may_be_said_with_its_source() -> None:
    found, problems = read("text:\n  days: never\n  source: JRA\nphotos:\n  days: 30\n  confirm: true\n")
    assert problems == []
    assert found.rule("text") == RetentionRule("text", None, "JRA", confirm=False)
    assert found.rule("photos") == RetentionRule("photos", 30, "", confirm=True)
    assert found.rule("contact") == USUAL_RETENTION.rule("contact")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("contact:\n  days: setahun", 2, "should be a number from 1"),
        ("contact:\n  days: 0", 2, "should be a number from 1"),
        (f"text:\n  days: {MOST_DAYS + 1}", 2, "or `never`"),
        ("\nsms:\n  days: 6", 3, f"should be a number from {LEAST_SMS_DAYS}"),
        ("contact:\n  source: x", 2, "`days` is missing"),
        ("contact: 30", 1, "`name: value` lines"),
        ("kontak:\n  days: 30", 1, "`kontak` is not known here"),
        ("contact:\n  days: 30\n  day: 3", 3, "Did you mean `days`?"),
        ("mails:\n  days: 366", 1, "kept longer than `contact`"),
        ("contact:\n  days: never\ntext:\n  days: 20\nmails:\n  days: 30", 5, "kept longer than `text`"),
        ("mails:\n  days: never", 1, "kept longer than `contact`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, told: str) -> None:
    found, problems = read(text)
    assert [one.line for one in problems if told in str(one)] == [line], problems
    assert [rule.kind for rule in found.rules] == list(KINDS)


def test_linting_a_pack_reads_it(tmp_path: Path) -> None:
    pack = Path(shutil.copytree(CITIES / "cimahi", tmp_path / "pack"))
    (pack / RETENTION_FILE).write_text("contact:\n  days: lama\n", encoding="utf-8")
    assert [(one.file, one.line, one.level) for one in lint_pack(pack)] == [(RETENTION_FILE, 2, "error")]


def test_packs_say_how_long() -> None:
    assert load_pack(CITIES / "cimahi").retention.rule("contact").source
    assert load_pack(CITIES / "surabaya").retention == USUAL_RETENTION


@given(
    days=st.integers(1, MOST_DAYS),
    began=st.integers(0, 4_000_000_000),
    seconds=st.integers(-3, 3),
)
def test_a_thing_is_due_when_more_than_its_days_have_passed(days: int, began: int, seconds: int) -> None:
    begin = datetime.fromtimestamp(began, UTC)
    now = begin + timedelta(days=days, seconds=seconds)
    before = RetentionRule("text", days).before(now)
    assert before is not None
    assert (begin < before) == (seconds > 0)
    assert RetentionRule("text", None).before(now) is None
