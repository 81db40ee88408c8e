"""What a mail is: exactly one of complaint, reply, delivery event, quarantine, refused, with a reason. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.intake.mail.addresses import OwnAddresses
from services.intake.mail.automation import AUTO_REPLY, GENERATED, HUMAN, LOOKS_AUTO_REPLY
from services.intake.mail.reply import NOT_SOLVED, own_words, read_purpose
from services.intake.mail.sender import UNVERIFIED
from services.intake.mail.text import ParsedMail
from services.intake.scores import Score, read_first_line
from services.intake.text import says_something
from shared.ids import read_ticket
from shared.reply_marks import AGENCY, Mark, ReplyMarks

CHANNEL = "email"
MOST_HOPS = 50
_LEAST_SUBJECT_WORDS = 2
_MOST_MARKS_READ = 60
_DISSATISFIED = re.compile(r"^\W*(?:sangat |sgt )?(?:tidak|tdk|kurang) puas\b", re.IGNORECASE)
"""Names a score, and so does not say that anything is left to be done."""
RATING = "rating"
"""What a reply is that says how content its writer is; beside contracts' `AdditionKind`."""


class MailKind(enum.Enum):
    COMPLAINT = "complaint"
    REPLY = "reply"
    DELIVERY = "delivery_event"
    QUARANTINE = "quarantine"
    REFUSED = "refused"


@dataclass(frozen=True)
class Named:
    """What of ours a mail names: a proved mark, a ticket that anybody can write, and whether it is our own mail."""

    mark: Mark | None = None
    ticket: str | None = None
    ours: bool = False

    @property
    def tickets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, (self.mark.ticket if self.mark else None, self.ticket))))


@dataclass(frozen=True)
class KnownComplaint:
    """A complaint that exists. `email_key` is its contact's.

    `awaits_answer`: we have asked something; `awaits_rating`: how content the sender is.
    """

    complaint_id: str
    ticket: str
    email_key: str | None
    awaits_answer: bool = False
    awaits_rating: bool = False


@dataclass(frozen=True)
class Sender:
    """`key` compares addresses. `mail_from` is the envelope's: empty for mails that want no answer, None if unknown."""

    address: str
    key: str | None
    mail_from: str | None
    flag: str | None = None
    """What the trusted server says: one of `mail_sender`'s words."""


@dataclass(frozen=True)
class Sorted:
    """`words` are what a complaint or a reply says; `about` the complaint that the mail has to do with."""

    kind: MailKind
    reason: str
    about: KnownComplaint | None = None
    delivery_id: str | None = None
    words: str = ""
    what: str = ""
    flags: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    automatic: bool = False
    score: int | None = None


def read_names(mail: ParsedMail, recipients: Sequence[str], marks: ReplyMarks, prefix: str) -> Named:
    """A mark in a Message-ID counts before one in an address."""
    answered = mail.report.message_ids if mail.report else mail.answers
    by_id = (marks.read_message_id(one) for one in answered[:_MOST_MARKS_READ])
    addressed = (*recipients, *mail.addressed)[:_MOST_MARKS_READ]
    by_address = (marks.read_address(one) for one in addressed)
    mark = next((found for found in (*by_id, *by_address) if found is not None), None)
    return Named(mark, _ticket_in(mail.subject, prefix), marks.read_message_id(mail.message_id) is not None)


def sort_out(
    mail: ParsedMail, sender: Sender, named: Named, known: Mapping[str, KnownComplaint], own: OwnAddresses
) -> Sorted:
    """`known` holds those of the named tickets that exist."""
    about = known.get(named.mark.ticket) if named.mark else None
    return (
        _delivery_event(mail, sender, named, about)
        or _loop(mail, named)
        or _for_a_person(mail, sender, named)
        or _reply(mail, sender, named, known)
        or _complaint(mail, sender, named, known, own)
    )


def _delivery_event(mail: ParsedMail, sender: Sender, named: Named, about: KnownComplaint | None) -> Sorted | None:
    delivery_id = named.mark.delivery_id if named.mark else None
    if mail.report is not None:
        reason = mail.report.reason if delivery_id or mail.report.kind != "bounce" else "bounce"
        return Sorted(MailKind.DELIVERY, reason, about, delivery_id)
    answered_by_machine = mail.automation == AUTO_REPLY or (
        named.mark is not None and (mail.automation in (LOOKS_AUTO_REPLY, GENERATED) or _wants_no_answer(mail, sender))
    )
    return Sorted(MailKind.DELIVERY, "auto_reply", about, delivery_id) if answered_by_machine else None


def _loop(mail: ParsedMail, named: Named) -> Sorted | None:
    if named.ours:
        return Sorted(MailKind.REFUSED, "own_mail")
    return Sorted(MailKind.REFUSED, "loop") if mail.hops > MOST_HOPS else None


def _for_a_person(mail: ParsedMail, sender: Sender, named: Named) -> Sorted | None:
    reason = None
    if mail.encrypted:
        reason = "encrypted"
    elif named.mark is not None and named.mark.party == AGENCY:
        reason = "agency_reply"
    elif mail.automation == LOOKS_AUTO_REPLY:
        reason = "looks_auto_reply"
    elif _wants_no_answer(mail, sender):
        reason = "null_sender"
    elif not sender.address and not says_something(mail.body):
        reason = "unreadable"
    return Sorted(MailKind.QUARANTINE, reason) if reason else None


def _reply(mail: ParsedMail, sender: Sender, named: Named, known: Mapping[str, KnownComplaint]) -> Sorted | None:
    about = known.get(named.mark.ticket) if named.mark else None
    reason = "mark"
    quoted = known.get(named.ticket) if named.ticket else None
    if about is None and quoted is not None and _is_contact(sender, quoted):
        about, reason = quoted, "ticket_of_sender"
    if about is None:
        return None
    words = own_words(mail.body)
    if not says_something(words) and not mail.attached.pictures:
        return Sorted(MailKind.QUARANTINE, "empty_reply", about)
    score = _score(mail, sender, about, words)
    if score is not None:
        return Sorted(MailKind.REPLY, reason, about, words=score.words, what=RATING, score=score.score)
    flags = _flags(mail, sender) + (() if _same_address(sender, about) else ("other_sender",))
    return Sorted(
        MailKind.REPLY, reason, about, words=words, what=read_purpose(words, awaited=about.awaits_answer), flags=flags
    )


def _score(mail: ParsedMail, sender: Sender, about: KnownComplaint, words: str) -> Score | None:
    """Of the complaint's own sender, where we asked. Who writes that it is not solved wants more than to be counted."""
    if not (about.awaits_rating and _is_contact(sender, about)) or mail.attached.pictures:
        return None
    score = read_first_line(words)
    if score is None or read_purpose(_DISSATISFIED.sub("", score.words), awaited=False) == NOT_SOLVED:
        return None
    return score


def _complaint(
    mail: ParsedMail, sender: Sender, named: Named, known: Mapping[str, KnownComplaint], own: OwnAddresses
) -> Sorted:
    linked = known.get(named.ticket) if named.ticket else None
    automatic = mail.automation != HUMAN or own.are_ours(sender.address) or own.are_ours(sender.mail_from or "")
    flags = _flags(mail, sender)
    if says_something(mail.body):
        return Sorted(MailKind.COMPLAINT, "text", linked, flags=flags, automatic=automatic, words=mail.body)
    asks = ("what", "where")
    if mail.attached.pictures:
        return Sorted(MailKind.COMPLAINT, "photo_only", linked, flags=flags, automatic=automatic, asks=asks)
    if len(mail.subject.split()) >= _LEAST_SUBJECT_WORDS and not mail.attached.documents:
        flags = (*flags, "subject_only")
        return Sorted(MailKind.COMPLAINT, "subject_only", linked, flags=flags, automatic=automatic, asks=asks)
    if mail.attached.documents or mail.attached.left_out:
        return Sorted(MailKind.QUARANTINE, "only_attachments")
    return Sorted(MailKind.REFUSED, "no_text")


def _flags(mail: ParsedMail, sender: Sender) -> tuple[str, ...]:
    found = {
        "charset_guessed": mail.charset_guessed,
        "attachments_ignored": mail.attached.documents > 0,
        "photos_left_out": mail.attached.left_out > 0,
    }
    return (*(name for name, so in found.items() if so), *([sender.flag] if sender.flag else []))


def _wants_no_answer(mail: ParsedMail, sender: Sender) -> bool:
    """The null sender: by the envelope, or by what a server wrote down of it."""
    return mail.return_path == "" if sender.mail_from is None else sender.mail_from == ""


def _same_address(sender: Sender, about: KnownComplaint) -> bool:
    return sender.key is not None and sender.key == about.email_key


def _is_contact(sender: Sender, about: KnownComplaint) -> bool:
    """An address that our own server found to be forged is nobody's."""
    return _same_address(sender, about) and sender.flag != UNVERIFIED


def _ticket_in(subject: str, prefix: str) -> str | None:
    shape = re.compile(rf"\b{re.escape(prefix)}[-\s]?[0-9A-Z]{{4}}[-\s]?[0-9A-Z]{{4}}\b", re.IGNORECASE)
    found = (read_ticket(match.group(), prefix) for match in shape.finditer(subject[:500]))
    return next((ticket for ticket in found if ticket), None)
