"""Every message once, about a made-up complaint: planned and written by the same code as real ones. Pure.

For looking at (the desk's page of previews), for the table in the docs, and for tests that nothing leaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notifier.delivery import (
    AGENCY_CHANNELS,
    CITIZEN,
    CITIZEN_CHANNELS,
    CONTACT_CODE,
    EMAIL,
    PERSON,
    Addressee,
    Delivery,
    Planned,
)
from services.notifier.planning.agencies import plan_added, plan_assigned, plan_reminder, plan_routed
from services.notifier.planning.agency_news import plan_agency_reopened, plan_escalated
from services.notifier.planning.auditors import plan_audit_head
from services.notifier.planning.citizens import (
    plan_contact_code,
    plan_followed,
    plan_receipt,
    plan_satisfaction,
    plan_update,
)
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.planning.persons import plan_account_mail
from services.notifier.planning.states import (
    plan_archived,
    plan_question,
    plan_question_reminder,
    plan_withdrawn,
)
from services.notifier.writing.compose import Composer
from shared.city import CityPack
from shared.city_notifications import UPDATES, Notifications
from shared.contracts.audit import AuditHead
from shared.contracts.case import (
    CaseAnswered,
    CaseArchived,
    CaseAsked,
    CaseAssigned,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CaseWithdrawn,
)
from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintReceived,
    ComplaintRouted,
    ContactCheckAsked,
    ReasonFields,
)
from shared.contracts.fields import Place
from shared.contracts.person import PersonMailWanted
from shared.reply_marks import ReplyMarks
from shared.wording import Wordings

DELIVERY_ID = "0193f3a0-0000-7000-8000-0123456789ab"
LEAD, OTHER, OUTSIDE = "DINAS_A", "DINAS_B", "PROVINSI"
_AT = datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
_TICKET, _FOLLOWER = "CMH-743K-JZ16", "CMH-1111-111M"
_PERSON = Addressee("rina@kota.example", "", "Rina Kusuma", "https://meja.kota.example/…")
"""Somebody who works at the desk; the link is known while it is sent."""
_EVERYTHING = Notifications(
    citizen_updates={channel: frozenset(UPDATES) for channel in CITIZEN_CHANNELS}, gather_seconds=0
)


@dataclass(frozen=True)
class Story:
    """The made-up complaint. Each of its words can be changed, to see where it turns up."""

    identity: str = "anonymous"
    language: str = ""
    text: str = "Lampu jalan mati sejak seminggu, gelap sekali. Hubungi saya di 0812-3456-7890. Terima kasih, Budi."
    addition: str = "Sekarang dua lampu yang mati. Nomor saya 0812-3456-7890."
    answer: str = "Terima kasih atas laporannya.\n\nLampu sudah diganti pada Rabu pagi."
    detail: str = "depan pos ronda"
    kelurahan: str = "Padasuka"
    photos: int = 2
    phrase: str = "lampu jalan mati"
    reason: str = "Lampu penerangan adalah tugas dinas ini."
    question: str = "Lampu yang mana: di depan pos ronda, atau di tikungan?"
    note: str = "Jalan ini milik provinsi."
    contact: Addressee = field(
        default_factory=lambda: Addressee("budi@warga.example", "+6281234567890", "Budi Hartono", "A199R-0169R")
    )

    @property
    def about(self) -> dict[str, Any]:
        return {
            "complaint_id": "c", "ticket": _TICKET, "revision": 1, "text": self.text, "channel": "web",
            "kind": "pengaduan", "identity": self.identity, "received_at": _AT, "contact_ref": "ref",
            "place": Place("Cimahi Tengah", self.kelurahan, self.detail), "attachments": self._photos(),
        }  # fmt: skip

    def _photos(self) -> list[Any]:
        return [{"sha256": f"{number:064x}", "media_type": "image/jpeg", "size": 1} for number in range(self.photos)]


@dataclass(frozen=True)
class Specimen:
    delivery: Delivery
    to: Addressee
    channels: tuple[str, ...]


def specimens(story: Story) -> Iterator[Specimen]:
    """One of each message that the city can send; of a confidential complaint there are no copies."""
    for planned in (*_to_citizens(story), *_to_agencies(story), *_to_persons(story)):
        if planned.message == CONTACT_CODE:  # there intake answers with the code itself
            yield Specimen(_delivery(planned), replace(story.contact, tracking_code="482915"), CITIZEN_CHANNELS)
        elif planned.recipient == CITIZEN:
            yield Specimen(_delivery(planned), story.contact, CITIZEN_CHANNELS)
        elif planned.recipient == PERSON:
            yield Specimen(_delivery(planned), _PERSON, (EMAIL,))
        elif planned.data:
            to = replace(story.contact, url="https://dinas.example/tanggap", queue=f"agency.{planned.recipient}.v1")
            yield Specimen(_delivery(planned), to, AGENCY_CHANNELS)


def specimen_composer(pack: CityPack, wordings: Wordings) -> Composer:
    """Of the city, with made-up addresses; updates say by every channel what they can say at all."""
    return Composer(
        city=pack.city,
        wordings=wordings,
        public_url="https://lapor.kota.example",
        desk_url="https://meja.kota.example",
        mail_from="Tanggap <tanggap@kota.example>",
        sms_sender="1234",
        marks=ReplyMarks(("-" * 32,)),
        notifications=_EVERYTHING,
    )


def _to_citizens(story: Story) -> Iterator[Planned]:
    about, language = story.about, story.language
    received = ComplaintReceived(**about, receipt="wanted", asks=["where"], language=language)
    yield plan_receipt(received, _AT)
    joined = {name: value for name, value in about.items() if name not in ("revision", "received_at")}
    yield plan_followed(
        ComplaintFollowed(
            **joined, follower_id="f", follower_ticket=_FOLLOWER, receipt="wanted", language=language, followed_at=_AT
        ),
        _AT,
    )
    forwarded = plan_update(_routed(story), _directory(story), _EVERYTHING, language, _AT)[0]
    answered = CaseAnswered(
        **about, agency=LEAD, assignment=1, number=1, answer=story.answer, answered_at=_AT + timedelta(days=1)
    )
    update = plan_update(answered, _directory(story), _EVERYTHING, language, _AT)[0]
    yield replace(update, data={**update.data, "lines": [*forwarded.data["lines"], *update.data["lines"]]})
    closed = CaseClosed(
        **about, agency=LEAD, assignment=1, number=1, reason="selesai", closed_at=_AT + timedelta(days=1)
    )
    yield from plan_satisfaction(closed, _EVERYTHING, language, _AT)
    yield from _states_to_citizens(story)
    check = ContactCheckAsked(
        check_id="k", contact_ref="ref", language=language, asked_at=_AT, expires_at=_AT + timedelta(minutes=10)
    )
    yield plan_contact_code(check, _AT)


def _states_to_citizens(story: Story) -> Iterator[Planned]:
    about, language, directory = story.about, story.language, _directory(story)
    asked = plan_question(_asked(story), language, _AT)
    yield from asked
    reminder = plan_question_reminder(_delivery(asked[0]), _AT + timedelta(days=7))
    if reminder is not None:
        yield reminder
    archived = CaseArchived(
        **about, agency=OUTSIDE, number=1, why="not_ours", reason=story.note, archived_at=_AT + timedelta(days=1)
    )
    yield from plan_archived(archived, directory, _EVERYTHING, language, _AT)
    withdrawn = CaseWithdrawn(**about, agency=LEAD, number=1, withdrawn_at=_AT + timedelta(days=10))
    yield from plan_withdrawn(withdrawn, _EVERYTHING, language, _AT)


def _asked(story: Story) -> CaseAsked:
    return CaseAsked(
        **story.about, agency=LEAD, number=1, question=story.question, asked_at=_AT, until=_AT + timedelta(days=10)
    )


def _states_to_agencies(story: Story) -> Iterator[Planned]:
    about, directory = story.about, _directory(story)
    reopened = CaseReopened(
        **about, agency=LEAD, assignment=1, number=1, reason=story.reason, role="coordinator", reopened_at=_AT
    )
    yield from plan_agency_reopened(reopened, directory, _AT)
    escalated = CaseEscalated(
        **about, agency=LEAD, assignment=1, clock="settle", due_at=_AT + timedelta(days=14), step=2, rung="head",
        tell=OTHER, escalated_at=_AT + timedelta(days=15),
    )  # fmt: skip
    yield from plan_escalated(escalated, directory, _AT)


def _to_agencies(story: Story) -> Iterator[Planned]:
    directory = _directory(story)
    notice, *copies = plan_routed(_routed(story), directory, _AT)
    yield notice
    yield from copies
    added = ComplaintAdded(
        **story.about, addition_id="a", number=1, what="addition", addition=story.addition,
        photos=story.about["attachments"], by_channel="sms", added_at=_AT + timedelta(hours=2),
    )  # fmt: skip
    yield from plan_added(added, (LEAD, 1), directory, _EVERYTHING, _AT)
    assigned = CaseAssigned(**story.about, agency=LEAD, assignment=2, assigned_at=_AT, reason=story.reason)
    (again,) = plan_assigned(assigned, directory, _AT)
    yield plan_reminder(_delivery(again), directory[LEAD], _AT + timedelta(days=1))
    yield from _states_to_agencies(story)


def _to_persons(story: Story) -> Iterator[Planned]:
    wanted = PersonMailWanted(
        mail_id="m", what="invitation", email="-@-", name="-", link="-", wanted_at=_AT,
        expires_at=_AT + timedelta(days=3),
    )  # fmt: skip
    head = AuditHead(
        day="2026-11-24", count=48_210, mac="4f" * 32, added=312, late=1, since=_AT - timedelta(days=1),
        away=["router"], made_at=_AT,
    )  # fmt: skip
    for planned in (plan_account_mail(wanted, str, _AT), *plan_audit_head(head, ("-@-",), "-", str, _AT)):
        yield replace(planned, language=story.language)


def _routed(story: Story) -> ComplaintRouted:
    reason = ReasonFields(rule="r", phrase=story.phrase, start=0, end=1, weight=40)
    return ComplaintRouted(
        **story.about, agency=LEAD, assignment=1, routed_at=_AT + timedelta(minutes=1),
        decision={
            "outcome": "routed", "reason": "clear", "agency": LEAD, "also": [OTHER], "score": 40, "margin": 40,
            "reasons": [reason], "ruleset": "-",
        },
    )  # fmt: skip


def _directory(story: Story) -> dict[str, DirectoryEntry]:
    ways = {channel: "-" for channel in AGENCY_CHANNELS}
    names = {LEAD: "Dinas Perhubungan", OTHER: "Dinas Pekerjaan Umum dan Penataan Ruang"}
    own = {code: DirectoryEntry(code, name, ways, language=story.language) for code, name in names.items()}
    outside = DirectoryEntry(OUTSIDE, "Dinas Bina Marga Provinsi", kind="external", public_contact="(022) 555-0101")
    return {**own, OUTSIDE: outside}


def _delivery(planned: Planned) -> Delivery:
    return Delivery(
        delivery_id=DELIVERY_ID, complaint_id=planned.complaint_id, ticket=planned.ticket,
        assignment=planned.assignment, recipient=planned.recipient, message=planned.message, channel=planned.channel,
        contact_ref=planned.contact_ref, data=planned.data, state=planned.state, attempts=0, planned_at=_AT,
        traceparent="", language=planned.language, urgent=planned.urgent,
    )  # fmt: skip
