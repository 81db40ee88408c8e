"""A sample of every fact that is said, as the golden files hold it."""

from datetime import UTC, datetime
from typing import Any

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
    ComplaintErased,
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
from shared.contracts.fields import Place
from shared.contracts.person import PersonMailWanted
from shared.contracts.statistics import PublicCount, StatisticsPublished

AT = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
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
    "complaint.erased.v1": ComplaintErased(
        complaint_id=ABOUT["complaint_id"], ticket=ABOUT["ticket"], parts=["contact", "text"], reason="request",
        erased_at=AT,
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
