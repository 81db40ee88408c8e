"""What the desk sends of an entered complaint, field by field."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.assisted.reading import MOST_DAYS_AGO, Body, read_submission
from services.intake.submission import Submission
from shared.errors import Refused

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Jakarta")
BY = {"login": "ani", "name": "Ani", "role": "officer", "agency": "DISHUB"}
GOOD = {"text": "Lampu padam.", "channel": "counter", "idempotency_key": "k" * 20, "entered_by": BY}


def read(**more: Any) -> tuple[Submission, dict[str, str]]:
    body = Body({**GOOD, **more})
    return read_submission(body, (), now=NOW, zone=ZONE), body.problems


def test_who_where_and_when() -> None:
    submission, problems = read(
        office=" Loket  3 ", happened_on="2026-11-20", received_at="2026-11-23T08:00:00+07:00",
        external_refs={"sp4n": "# 9165816"}, place={"kelurahan": "Baros", "latitude": -6.9, "longitude": 107.5},
        contact={"phone": "0812"}, language="en",
    )  # fmt: skip
    assert problems == {}
    assert submission.entry is not None
    assert (submission.entry.login, submission.entry.office) == ("ani", "Loket 3")
    assert submission.entry.happened_on == date(2026, 11, 20)
    assert submission.text == "Lampu padam.\n\nTanggal kejadian: 20 November 2026"
    assert submission.received_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert submission.external_refs == {"sp4n": "9165816"}
    assert (submission.place.kelurahan, submission.place.latitude) == ("Baros", -6.9)
    assert (submission.channel, submission.contact.phone, submission.language) == ("counter", "0812", "en")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("channel", "fax", "Pilih cara"),
        ("channel", "", "Pilih cara"),
        ("received_at", "2026-11-24T10:06:00+07:00", "belum tiba"),
        ("received_at", (NOW - timedelta(days=MOST_DAYS_AGO, minutes=1)).isoformat(), "60 hari"),
        ("received_at", "2026-11-23T08:00", "tidak dapat dibaca"),
        ("received_at", "kemarin", "tidak dapat dibaca"),
        ("happened_on", "2026-11-25", "belum tiba"),
        ("happened_on", "1998-05-12", "Periksa tahunnya"),
        ("happened_on", "20/11/2026", "tidak dapat dibaca"),
        ("office", "x" * 101, "100 huruf"),
    ],
)
def test_what_is_wrong_is_told_by_field(field: str, value: str, said: str) -> None:
    _, problems = read(**{field: value})
    assert list(problems) == [field]
    assert said in problems[field]


@pytest.mark.parametrize(
    ("channel", "number", "said"), [("wa", "ABC", "angka"), ("wa", "123", "angka"), ("sp4n", "", "perlu nomornya")]
)
def test_a_number_of_the_national_system_is_a_number(channel: str, number: str, said: str) -> None:
    _, problems = read(channel=channel, external_refs={"sp4n": number})
    assert said in problems["sp4n"]


@pytest.mark.parametrize("given", ["-6.8841, 107.5412", " -6.8841 107.5412 ", "-6.8841;107.5412"])
def test_a_position_is_copied_from_a_map(given: str) -> None:
    submission, problems = read(place={"position": given})
    assert problems == {}
    assert (submission.place.latitude, submission.place.longitude) == (-6.8841, 107.5412)


@pytest.mark.parametrize("given", ["depan SD", "-6.9", "-95.0, 107.5", "6.9,107.5,3", "9" * 400])
def test_what_is_no_position_is_told(given: str) -> None:
    submission, problems = read(place={"position": given})
    assert "lintang dan bujur" in problems["position"]
    assert submission.place.latitude is None


def test_a_clock_that_goes_ahead_a_little_is_no_future() -> None:
    submission, problems = read(received_at=(NOW + timedelta(minutes=4)).isoformat())
    assert problems == {}
    assert submission.received_at == NOW


@pytest.mark.parametrize("more", [{"idempotency_key": "short"}, {"idempotency_key": None}, {"entered_by": {}}])
def test_nobody_enters_nothing(more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as told:
        read(**more)
    assert told.value.code == "bad_entry"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


FIELDS = [*GOOD, "place", "contact", "external_refs", "received_at", "happened_on"]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_comes_is_read_or_refused(given_body: dict[str, Any]) -> None:
    with contextlib.suppress(Refused):
        submission, problems = read(**given_body)
        assert submission.entry is not None
        assert all(problems.values())
