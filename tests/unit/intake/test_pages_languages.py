"""Sentences in other languages, and the notes of a timeline that can be said again in any of them."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import wording
from shared.sentences import Note, counted, sentence, translated


def upper(text: str) -> str:
    """A language that shouts, but leaves the places for values alone."""
    return "".join(part if part.startswith("%(") else part.upper() for part in re.split(r"(%\(\w+\)s)", text))


def test_a_sentence_inside_a_sentence_is_translated_too() -> None:
    note = wording.received_note("web")
    assert note == "Laporan diterima melalui formulir web."
    assert translated(note, upper, str) == "LAPORAN DITERIMA MELALUI FORMULIR WEB."


def test_numbers_are_written_as_the_language_does() -> None:
    said_here = sentence("Paling banyak %(most)s huruf.", most=10_000)
    assert said_here == "Paling banyak 10.000 huruf."
    assert translated(said_here, upper, lambda number: f"{number:,}") == "PALING BANYAK 10,000 HURUF."


def test_an_empty_text_stays_empty() -> None:
    assert translated("", lambda _: "the header of a catalogue", str) == ""


@given(st.text(string.printable))
def test_values_may_hold_anything(value: str) -> None:
    note = wording.routed_note(value)
    assert note == f"Laporan diteruskan kepada {value}."
    assert translated(note, upper, counted) == f"LAPORAN DITERUSKAN KEPADA {value}."


NOTES = [
    ("received", wording.received_note("sms")),
    ("routed", wording.routed_note("Dinas Perhubungan")),
    ("assigned", wording.assigned_note("Dinas Perhubungan")),
    ("assigned", wording.routed_note("Dinas Perhubungan")),
    ("triage", wording.triage_note()),
    ("lapsed", wording.lapsed_note()),
    *(("added", wording.added_note(what, "email")) for what in ("addition", "not_solved", "answer", "late_part")),
]


@pytest.mark.parametrize(("event", "note"), NOTES)
def test_a_stored_note_can_be_said_again_from_its_fields(event: str, note: Note) -> None:
    again = wording.note(event, note.fields, str(note))
    assert (again, type(again)) == (note, Note)


@pytest.mark.parametrize(
    ("event", "fields", "stored"),
    [
        ("routed", None, "Laporan diteruskan."),
        ("routed", {"agency_name": "DLH"}, "Laporan diteruskan dahulu kepada DLH."),
        ("routed", {"body": "DLH"}, "Laporan diteruskan kepada DLH."),
        ("sung", {}, "Laporan dinyanyikan."),
    ],
)
def test_a_note_that_would_read_otherwise_stays_as_it_was_stored(
    event: str, fields: dict[str, str] | None, stored: str
) -> None:
    kept = wording.note(event, fields, stored)
    assert (kept, type(kept)) == (stored, str)
