"""The messages: golden samples that every later version must still read, strict producers, tolerant consumers."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import registry
from shared.contracts.agency import AgencyChanged
from shared.contracts.audit import AuditHead
from shared.contracts.case import (
    CaseAcknowledged,
    CaseAnswered,
    CaseArchived,
    CaseAsked,
    CaseAssigned,
    CaseClosed,
    CaseCopied,
    CaseEscalated,
    CaseMerged,
    CasePublished,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSplit,
    CaseUnpublished,
    CaseWithdrawn,
)
from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintLapsed,
    ComplaintRated,
    ComplaintReassessed,
    ComplaintReceived,
    ComplaintRouted,
    ComplaintUnrouted,
    ContactCheckAsked,
)
from shared.contracts.delivery import DeliveryFinished, DeliveryReported
from shared.contracts.envelope import CONTENT_TYPE, Codec, Envelope, peek
from shared.contracts.fields import Place
from shared.contracts.person import PersonMailWanted
from shared.contracts.statistics import PublicCount, StatisticsPublished
from shared.errors import Rejected
from shared.sealing import Sealer

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
CODEC = Codec(Sealer(["golden-key-golden-key-golden-key!"]))
PHOTO = {
    "sha256": "ab" * 32, "media_type": "image/jpeg", "size": 120_000, "width": 1200, "height": 900,
    "preview": "cd" * 32,
}  # fmt: skip
ABOUT = {
    "complaint_id": "0192f0aa-0000-7000-8000-000000000001",
    "ticket": "CMH-0000-000A",
    "revision": 2,
    "text": "Lampu jalan mati di depan pos ronda.",
    "channel": "sms",
    "kind": "pengaduan",
    "identity": "anonymous",
    "place": Place("Cimahi Tengah", "Baros", "dekat pos ronda", -6.8841, 107.5412),
    "contact_ref": "contact-1",
    "received_at": AT,
    "external_refs": {"sp4n": "123"},
    "attachments": [PHOTO],
}
DECISION = {
    "outcome": "routed",
    "reason": "matched",
    "agency": "DISHUB",
    "also": ["DLH"],
    "score": 7,
    "margin": 4,
    "reasons": [{"rule": "pju", "phrase": "lampu jalan mati", "start": 0, "end": 16, "weight": 7}],
    "alternatives": [{"agency": "EXT_PLN", "score": 3}],
    "place": {"kecamatan": "Cimahi Tengah", "kelurahan": "Baros"},
    "ruleset": "abc123",
}
STATES: tuple[Any, ...] = (
    CaseArchived(**ABOUT, agency="DLH", number=1, why="not_ours", reason="Jalan provinsi.", archived_at=AT),
    CaseAsked(**ABOUT, agency="DLH", number=1, question="Di RT berapa?", asked_at=AT, until=AT),
    CaseResumed(**ABOUT, agency="DLH", number=1, state="in_progress", resumed_at=AT),
    CaseWithdrawn(**ABOUT, agency=None, number=1, withdrawn_at=AT),
    CaseReturned(
        **ABOUT, agency="DLH", assignment=2, reason="bukan sampah", suggested="DPUPR", returned_at=AT
    ),
    CaseReopened(
        **ABOUT, agency="DLH", assignment=2, number=1, reason="warga menelepon", role="coordinator", reopened_at=AT
    ),
    CaseMerged(
        **ABOUT, into="0192f0aa-0000-7000-8000-000000000003", into_ticket="CMH-1111-111M", reason="sama",
        merged_at=AT,
    ),
    CaseSplit(
        **ABOUT, part_id="0192f0aa-0000-7000-8000-000000000005", number=1, part="Sampah menumpuk.", agency="DLH",
        split_at=AT,
    ),
    CaseCopied(**ABOUT, agency="DLH", in_charge="DISHUB", reason="pohonnya", copied_at=AT),
    CaseEscalated(
        **ABOUT, agency="DLH", assignment=2, clock="settle", due_at=AT, step=2, rung="head", tell="DLH",
        escalated_at=AT,
    ),
    CasePublished(
        complaint_id=ABOUT["complaint_id"], ticket=ABOUT["ticket"], revision=1, summary="Penerangan padam.",
        kind="pengaduan", agency="DISHUB", state="answered", place=Place("Cimahi Tengah", "Baros"),
        external_refs={"open311_service": "street_light"}, answer="Sudah diganti.", requested_at=AT, updated_at=AT,
        published_at=AT,
    ),
    CaseUnpublished(
        complaint_id=ABOUT["complaint_id"], ticket=ABOUT["ticket"], revision=2, unpublished_at=AT
    ),
    StatisticsPublished(
        month="2026-11",
        counts=[
            PublicCount("total", "", "", "pengaduan", 41),
            PublicCount("agency", "DISHUB", "Dinas Perhubungan", "", 12),
        ],
        counted_at=AT,
    ),
)  # fmt: skip
EVENTS = {
    "complaint.received.v1": ComplaintReceived(**ABOUT, receipt="wanted", asks=["where"], language="en"),
    "complaint.routed.v1": ComplaintRouted(**ABOUT, decision=DECISION, agency="DISHUB", assignment=1, routed_at=AT),
    "complaint.unrouted.v1": ComplaintUnrouted(
        **ABOUT, decision=DECISION | {"outcome": "triage", "agency": None, "reason": "tie"},
        reason="tie", decided_at=AT,
    ),
    "complaint.reassessed.v1": ComplaintReassessed(
        **ABOUT, decision=DECISION, agency="DISHUB", addition_id="0192f0aa-0000-7000-8000-000000000002",
        reassessed_at=AT,
    ),
    "complaint.added.v1": ComplaintAdded(
        **ABOUT, addition_id="0192f0aa-0000-7000-8000-000000000002", number=1, what="not_solved",
        addition="Masih gelap.", photos=[PHOTO], by_channel="email", by_sender=True, added_at=AT,
    ),
    "complaint.followed.v1": ComplaintFollowed(
        complaint_id=ABOUT["complaint_id"], ticket=ABOUT["ticket"],
        follower_id="0192f0aa-0000-7000-8000-000000000003", follower_ticket="CMH-1111-111M", text="Saya juga.",
        channel="web", kind="pengaduan", identity="open", place=ABOUT["place"], contact_ref="contact-2",
        receipt="wanted", attachments=[PHOTO], language="en", followed_at=AT,
    ),
    "complaint.rated.v1": ComplaintRated(
        complaint_id=ABOUT["complaint_id"], ticket=ABOUT["ticket"], number=1, score=5, words="Cepat sekali.",
        by_channel="sms", rated_at=AT,
    ),
    "contact.check-asked.v1": ContactCheckAsked(
        check_id="0192f0aa-0000-7000-8000-000000000004", contact_ref="contact-3", language="en", asked_at=AT,
        expires_at=AT,
    ),
    "person.mail-wanted.v1": PersonMailWanted(
        mail_id="0192f0aa-0000-7000-8000-000000000005", what="reset", email="rina@kota.example", name="Rina",
        link="https://meja.kota.example/login/link?t=x", wanted_at=AT, expires_at=AT,
    ),
    "audit.head.v1": AuditHead(
        day="2026-11-24", count=1204, mac="4f" * 32, added=12, late=1, since=AT, away=["router"], made_at=AT
    ),
    "complaint.lapsed.v1": ComplaintLapsed(**ABOUT, asked=["what", "where"], lapsed_at=AT),
    "delivery.reported.v1": DeliveryReported(
        delivery_id="d1", reported="failed", reason="dsn_5_1_1", channel="email", answer="user unknown",
        reported_at=AT,
    ),
    "case.assigned.v1": CaseAssigned(
        **ABOUT, agency="DLH", assignment=2, assigned_at=AT, reason="salah alamat", role="coordinator"
    ),
    "case.acknowledged.v1": CaseAcknowledged(
        complaint_id=ABOUT["complaint_id"], ticket=ABOUT["ticket"], agency="DLH", assignment=2, acknowledged_at=AT
    ),
    "case.answered.v1": CaseAnswered(
        **ABOUT, agency="DLH", assignment=2, number=1, answer="Lampu jalan sudah diganti.", photos=[PHOTO],
        answered_at=AT
    ),
    "case.closed.v1": CaseClosed(
        **ABOUT, agency="DLH", assignment=2, number=1, reason="selesai", closed_at=AT, role="system"
    ),
    **{str(one.TYPE): one for one in STATES},
    "agency.changed.v1": AgencyChanged(
        code="DLH", revision=3, name="Dinas Lingkungan Hidup", kind="internal", changed_at=AT,
        endpoints={"email": "dlh@cimahi.example", "amqp": "agency.DLH.v1"}, channels=["amqp", "email"], language="en",
        reminders=False, public_contact="Telepon 022-123456",
    ),
    "delivery.finished.v1": DeliveryFinished(
        delivery_id="d1", complaint_id=ABOUT["complaint_id"], message="receipt", recipient="citizen", channel="email",
        outcome="captured", reason="demo_mode", finished_at=AT,
    ),
}  # fmt: skip


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
