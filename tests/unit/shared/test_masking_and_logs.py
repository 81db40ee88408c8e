"""No contact reaches a log, whichever logger it takes."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.observability.logs import configure_logs, get_logger
from shared.observability.masking import mask
from shared.observability.tracing import current_trace_id, traced
from tests.support.eventually import eventually


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("hubungi 0812-3456-7890 ya", "0812"),
        ("WA +62 812 3456 7890", "3456"),
        ("nik 3277012345678901", "3277012345678901"),
        ("NIK: 3277 0123 4567 8901.", "4567"),
        ("surat ke warga.baik+1@contoh.co.id!", "contoh.co.id"),
        ("kantor 022-6654591", "6654591"),
    ],
)
def test_contacts_and_identity_numbers_are_masked(text: str, hidden: str) -> None:
    assert hidden not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "RT 03 RW 05",
        "sudah 2 minggu, 3 kali",
        "Jl. Baros no 12",
        "5 jam 30 menit",
        "CMH-1234-567A",
        "complaint 01a22045-0771-7200-814a-f62c503007db",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=300))
def test_masking_is_stable(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_every_logger_is_masked_and_traced() -> None:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    try:
        configure_logs("info", service="sample", stream=stream)
        with traced(None):
            trace_id = current_trace_id()
            nested = {"a": ["a@b.id"]}
            get_logger("ours").info("something", note="call 081234567890", text="a complaint", nested=nested)
        logging.getLogger("theirs").warning("failed for %s", "orang@contoh.id")
    finally:
        root.handlers, root.level = before
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert ours["event"] == "something"
    assert ours["trace_id"] == trace_id
    assert ours["text"] == "[withheld]"
    assert "0812" not in stream.getvalue()
    assert "@" not in stream.getvalue()
    assert theirs["event"] == "failed for [e-mail]"
    assert theirs["service"] == "sample"


def test_everything_is_logged_for_a_while_when_somebody_asks_for_it() -> None:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()

    def say(words: str) -> None:
        get_logger("ours").debug(words)
        logging.getLogger("theirs").debug(words)

    try:
        loudness = configure_logs("info", service="sample", stream=stream)
        say("before")
        loudness.raise_for(60)
        say("meanwhile")
        loudness.lower()
        say("afterwards")
        loudness.raise_for(0.01)
        eventually(lambda: root.level == logging.INFO, 5)
        say("too late")
    finally:
        root.handlers, root.level = before
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["meanwhile", "meanwhile"]


def test_a_line_break_from_outside_begins_no_line_of_the_log() -> None:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    said = '/x\r\n{"event": "login", "actor": "koordinator"}\n'
    try:
        configure_logs("info", service="sample", stream=stream)
        get_logger("ours").info("request", path=said)
        logging.getLogger("theirs").warning("cannot read %s", said)
    finally:
        root.handlers, root.level = before
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["path"]) == ("request", said)
    assert theirs["event"] == f"cannot read {said}"
