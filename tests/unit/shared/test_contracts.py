"""The messages: golden samples that every later version must still read, strict producers, tolerant consumers."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import registry
from shared.contracts.envelope import CONTENT_TYPE, Codec, Envelope, peek
from shared.contracts.fields import Place
from shared.errors import Rejected
from shared.sealing import Sealer
from tests.unit.shared.contract_samples import AT, DECISION, EVENTS

GOLDEN = Path(__file__).parent / "golden"
CODEC = Codec(Sealer(["golden-key-golden-key-golden-key!"]))


def test_every_known_type_has_a_sample() -> None:
    assert sorted(EVENTS) == registry.known_types()


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_golden_sample_is_still_read(type_: str) -> None:
    """The samples were written once; a change that cannot read them needs a new version."""
    envelope = CODEC.decode((GOLDEN / f"{type_}.json").read_bytes())
    assert envelope.event == EVENTS[type_]
    assert envelope.type == type_


def test_an_assignment_said_before_it_carried_the_role_is_still_read() -> None:
    envelope = CODEC.decode((GOLDEN / "case.assigned.v1.without_role.json").read_bytes())
    assert envelope.event == replace(EVENTS["case.assigned.v1"], role="", **BEFORE)


@pytest.mark.parametrize(
    ("type_", "name", "usual"),
    [
        ("agency.changed.v1", "without_contact", {"public_contact": ""}),
        ("case.answered.v1", "without_photos", {"photos": []}),
        ("case.closed.v1", "without_role", {"role": ""}),
    ],
)
def test_what_was_said_before_a_field_came_is_still_read(type_: str, name: str, usual: dict[str, Any]) -> None:
    envelope = CODEC.decode((GOLDEN / f"{type_}.{name}.json").read_bytes())
    assert envelope.event == replace(EVENTS[type_], **usual)


BEFORE = {"place": Place("Cimahi Tengah", "Baros", "dekat pos ronda"), "attachments": []}
"""What was said before there were positions and photos."""


@pytest.mark.parametrize(
    "type_", ["case.assigned.v1", "complaint.received.v1", "complaint.routed.v1", "complaint.unrouted.v1"]
)
def test_facts_said_before_there_were_positions_and_photos_are_still_read(type_: str) -> None:
    envelope = CODEC.decode((GOLDEN / f"{type_}.without_position.json").read_bytes())
    asks = {"asks": [], "language": ""} if type_ == "complaint.received.v1" else {}
    assert envelope.event == replace(EVENTS[type_], **BEFORE, **asks)


OLDER: dict[str, dict[str, Any]] = {
    "complaint.received.v1": {"language": ""},
    "complaint.followed.v1": {"language": ""},
    "agency.changed.v1": {
        "endpoints": {"email": "dlh@cimahi.example"},
        "channels": [],
        "language": "",
        "reminders": True,
        "public_contact": "",
    },
}


@pytest.mark.parametrize("type_", sorted(OLDER))
def test_facts_said_before_there_were_languages_and_ways_are_still_read(type_: str) -> None:
    envelope = CODEC.decode((GOLDEN / f"{type_}.without_language.json").read_bytes())
    assert envelope.event == replace(EVENTS[type_], **OLDER[type_])


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_what_is_said_today_has_the_golden_shape(type_: str) -> None:
    golden = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    said = json.loads(CODEC.encode(Envelope.of(EVENTS[type_], source="sample", time=AT)))
    assert _shape(said) == _shape(golden)


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_consumers_tolerate_new_fields_and_refuse_missing_ones(type_: str) -> None:
    document = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    document["data"]["something_new"] = {"of": "tomorrow"}
    assert CODEC.decode(json.dumps(document).encode()).event == EVENTS[type_]
    needed = (
        "revision", "outcome", "follower_id", "reported", "assignment", "score", "check_id", "mail_id", "mac", "month",
        "parts",
    )  # fmt: skip
    del document["data"][next(name for name in needed if name in document["data"])]
    with pytest.raises(Rejected) as caught:
        CODEC.decode(json.dumps(document).encode())
    assert caught.value.code == "invalid_event"


def test_unknown_version_is_refused() -> None:
    body = (GOLDEN / "complaint.received.v1.json").read_bytes().replace(b"received.v1", b"received.v2")
    with pytest.raises(Rejected) as caught:
        CODEC.decode(body)
    assert caught.value.code == "unknown_type"


BROKEN = [
    ("complaint.received.v1", {"kind": "gossip"}, "kind"),
    ("complaint.received.v1", {"identity": "open\n"}, "identity"),
    ("complaint.received.v1", {"receipt": ""}, "receipt"),
    ("complaint.received.v1", {"revision": 0}, "revision"),
    ("complaint.received.v1", {"revision": True}, "revision"),
    ("complaint.received.v1", {"channel": "by post"}, "channel"),
    ("complaint.received.v1", {"received_at": AT.replace(tzinfo=None)}, "received_at"),
    ("complaint.received.v1", {"place": Place(kelurahan="x" * 101)}, "place.kelurahan"),
    ("complaint.received.v1", {"complaint_id": "x" * 65}, "complaint_id"),
    ("complaint.received.v1", {"text": None}, "text"),
    ("complaint.received.v1", {"external_refs": {"sp4n": 123}}, "external_refs"),
    ("complaint.routed.v1", {"agency": ""}, "agency"),
    ("complaint.routed.v1", {"decision": DECISION | {"outcome": "lost"}}, "decision.outcome"),
    ("complaint.routed.v1", {"decision": DECISION | {"reasons": [{"rule": "pju"}]}}, "decision.reasons"),
    ("complaint.routed.v1", {"decision": DECISION | {"parts": [{"agency": "DLH", "start": 0}]}}, "decision.parts"),
    ("complaint.routed.v1", {"decision": {}}, "decision"),
    ("case.assigned.v1", {"reason": "x" * 501}, "reason"),
    ("agency.changed.v1", {"endpoints": {"email": None}}, "endpoints"),
    ("delivery.finished.v1", {"outcome": "perhaps"}, "outcome"),
    ("complaint.received.v1", {"language": "english"}, "language"),
    ("complaint.rated.v1", {"score": 6}, "score"),
    ("complaint.rated.v1", {"score": 0}, "score"),
    ("case.answered.v1", {"answer": ""}, "answer"),
    ("case.answered.v1", {"answer": "x" * 20_001}, "answer"),
    ("case.closed.v1", {"number": 0}, "number"),
    ("case.acknowledged.v1", {"assignment": 0}, "assignment"),
    ("contact.check-asked.v1", {"contact_ref": ""}, "contact_ref"),
    ("agency.changed.v1", {"channels": ["by post"]}, "channels"),
    ("person.mail-wanted.v1", {"what": "greeting"}, "what"),
    ("person.mail-wanted.v1", {"link": ""}, "link"),
]


@pytest.mark.parametrize(("type_", "changes", "where"), BROKEN)
def test_producers_are_strict(type_: str, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(Rejected) as caught:
        CODEC.encode(Envelope.of(replace(EVENTS[type_], **changes), source="sample", time=AT))
    assert caught.value.code == "invalid_event"
    assert f"$.{where}" in caught.value.message or "Object missing" in caught.value.message


@pytest.mark.parametrize("text", ["half a surrogate \ud800", "\udfff", "\x00"])
def test_even_text_that_is_none_survives_the_way(text: str) -> None:
    event = replace(EVENTS["complaint.received.v1"], text=text, place=Place(detail=text))
    assert CODEC.decode(CODEC.encode(Envelope.of(event, source="intake", time=AT))).event == event


def test_what_a_decision_says_beyond_the_contract_travels_on() -> None:
    event = replace(EVENTS["complaint.routed.v1"], decision=DECISION | {"urgent": True})
    body = CODEC.encode(Envelope.of(event, source="router", time=AT))
    assert json.loads(body)["data"]["decision"]["urgent"] is True


def test_the_text_travels_sealed_and_no_event_shows_a_contact() -> None:
    for event in EVENTS.values():
        body = CODEC.encode(Envelope.of(event, source="intake", time=AT))
        assert b"Lampu jalan" not in body
        in_clear = {field.name for field in fields(event)} - set(event.SEALED)
        assert not in_clear & {"contact", "email", "phone", "name_of_citizen"}
    assert CONTENT_TYPE == "application/cloudevents+json"


def test_another_key_does_not_open_it() -> None:
    body = CODEC.encode(Envelope.of(EVENTS["complaint.received.v1"], source="intake", time=AT))
    with pytest.raises(Rejected) as caught:
        Codec(Sealer(["another-key-another-key-another-k"])).decode(body)
    assert caught.value.code == "unreadable_seal"


def test_keys_rotate() -> None:
    old, new = "old-key-old-key-old-key-old-key-!", "new-key-new-key-new-key-new-key-!"
    body = Codec(Sealer([old])).encode(Envelope.of(EVENTS["complaint.received.v1"], source="intake", time=AT))
    assert Codec(Sealer([new, old])).decode(body).event == EVENTS["complaint.received.v1"]


@given(st.text(max_size=200))
def test_any_text_survives_the_way(text: str) -> None:
    event = replace(EVENTS["complaint.received.v1"], text=text)
    body = CODEC.encode(Envelope.of(event, source="intake", time=AT))
    assert CODEC.decode(body).event.text == text


@given(st.binary(max_size=300))
def test_a_look_at_garbage_never_raises(body: bytes) -> None:
    assert peek(body) == (None, None)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_garbage_is_rejected_never_raised(body: bytes) -> None:
    with pytest.raises(Rejected):
        CODEC.decode(body)


@given(
    st.dictionaries(
        st.sampled_from(["specversion", "id", "source", "type", "time", "data"]),
        st.none() | st.just("1.0") | st.just("complaint.received.v1") | st.text(max_size=8) | st.just({"text": 1}),
    )
)
def test_half_an_event_is_rejected_never_raised(document: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        CODEC.decode(json.dumps(document).encode())


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value[:1]]
    return type(value).__name__
