"""What a whole text message is: a keyword, the answer to our question, or a complaint."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from services.intake import repository_answers, repository_questions
from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.fingerprint import same_message
from services.intake.identity import read_identity
from services.intake.rating import ASKED_FOR
from services.intake.scores import Score, read_bare_score
from services.intake.sms_talk import repository as repository_sms
from services.intake.sms_talk import wording
from services.intake.sms_talk.content import ASKS, read_prefix, says_too_little
from services.intake.sms_talk.keywords import read_keyword
from services.intake.sms_talk.message import (
    ACCEPTED,
    ANSWERED,
    ASKED,
    CHANNEL,
    LATE_PART,
    REFUSED,
    SmsAnswer,
)
from services.intake.sms_talk.parts import LATE
from services.intake.sms_talk.questions import Questions
from services.intake.sms_talk.replies import HeardSms, Replies
from services.intake.sms_talk.requests import DOUBLED_WITHIN, Requests, add_from
from services.intake.submission import DEFAULT_IDENTITY, Contact, Submission
from services.intake.text import clean_text, says_something
from shared.errors import Refused

LINKED_WITHIN = timedelta(days=30)
_FOR_THE_SENDER = ("empty_text", "text_too_long")
_NO_ADDITION = ("unknown_complaint", "too_many_additions")


@dataclass(frozen=True)
class Circumstances:
    """What is known when a message comes.

    The answer it got before, whether it is a complaint already, what the same number said in the same words a moment
    ago (`double`: the network repeats messages, too), the question that waits for this sender, the sender's last
    complaint, the one of which this may be the rating that we asked for, whether he or she wants no messages of ours,
    and whether something that may be part of a longer message came from the same number a short time ago.
    """

    answer: SmsAnswer | None = None
    is_complaint: bool = False
    double: SmsAnswer | None = None
    question: RowMapping | None = None
    last: RowMapping | None = None
    rating: RowMapping | None = None
    suppressed: bool = False
    has_parts: bool = False

    @property
    def is_known(self) -> bool:
        return self.answer is not None or self.is_complaint


@dataclass(frozen=True)
class Hearing:
    door: Door
    additions: Additions
    questions: Questions
    replies: Replies
    requests: Requests
    city: str
    agencies: Collection[str]

    def hear(self, heard: HeardSms, found: Circumstances | None = None) -> SmsAnswer:
        """Decides and does it; what it answers is stored. The same message again gets the same answer.

        Raises `Transient`: then the gateway sends it again.
        """
        found = found or self.look_around(heard)
        if found.answer is not None:
            return found.answer
        if not found.is_complaint:
            keyword = read_keyword(heard.message.text, self.door.ticket_prefix)
            if keyword is not None:
                return self.requests.obey(keyword, heard)
            if found.double is not None:
                return self._repeat(heard, found.double)
            if found.rating is not None and (score := read_bare_score(heard.message.text)) is not None:
                return self.requests.rate(heard, found.rating, Score(score))
            answer = self._answer(heard, found.question) if found.question is not None else None
            if answer is not None:
                return answer
        return self._accept(heard, found)

    def look_around(self, heard: HeardSms) -> Circumstances:
        """One question to the database for a number that was never heard of."""
        now, submission = self.door.spine.clock.now(), self._submission(heard)
        message_key, seen_key = self.replies.message_key(heard), self._seen_key(submission, now)
        with self.door.spine.database.read() as connection:
            traces = repository_sms.traces(connection, heard.contact_key, message_key, seen_key or "")
            if not any(traces):
                return Circumstances()
            mine = repository_sms.own_complaints(connection, heard.contact_key, since=now - LINKED_WITHIN)
            account, since = heard.message.account, now - LATE
            parts = repository_sms.parts_of_sender(connection, heard.contact_key, account, since)
            moment = now - DOUBLED_WITHIN
            text = clean_text(heard.message.text)
            question = repository_sms.open_question(connection, heard.contact_key, now)
            question = repository_questions.open_question_of_phone(connection, heard.contact_key) or question
            added = repository_sms.same_addition(connection, heard.contact_key, text, moment)
            return Circumstances(
                answer=repository_sms.remembered(connection, message_key),
                is_complaint=traces.is_complaint,
                double=_double(mine, added, submission, moment),
                question=question,
                rating=_asked_last(connection, heard, question, now),
                last=mine[0] if mine else None,
                suppressed=traces.is_suppressed,
                has_parts=any(not row["reference"] for row in parts),
            )

    def _seen_key(self, submission: Submission, now: datetime) -> str | None:
        """By which the door recognises it. With an id of the gateway's it does not depend on the words."""
        try:
            known = submission if submission.provider_id else self.door.checker.check(submission)
        except Refused:
            return None  # the door will refuse it again, and say why
        same = same_message(known, self.door.vault.hasher, now=now, zone=self.door.zone)
        return same.key if same is not None else None

    def add_late(self, heard: HeardSms, complaint_id: str, ticket: str) -> SmsAnswer | None:
        """A part whose message was accepted without it; None when that takes no more."""
        try:
            add_from(self.additions, heard, complaint_id, "late_part", heard.message.text)
        except Refused as error:
            if error.code in _NO_ADDITION:
                return None
            return self._refuse(heard, error)
        answer = SmsAnswer(LATE_PART, "", ticket, complaint_id)
        with self.door.spine.database.write() as tx:
            return self.replies.keep(tx, heard, answer)

    def _repeat(self, heard: HeardSms, double: SmsAnswer) -> SmsAnswer:
        with self.door.spine.database.write() as tx:
            return self.replies.keep(tx, heard, double)

    def _answer(self, heard: HeardSms, question: RowMapping) -> SmsAnswer | None:
        """The message as the answer to our question; None when it cannot be that."""
        complaint_id = question["complaint_id"]
        try:
            added = add_from(self.additions, heard, complaint_id, "answer", heard.message.text)
        except Refused as error:
            if error.code in _NO_ADDITION:
                with self.door.spine.database.write() as tx:
                    self.questions.close(tx, complaint_id, "void")
            return None
        answer = SmsAnswer(ANSWERED, wording.added_reply(added.ticket), added.ticket, complaint_id)
        with self.door.spine.database.write() as tx:
            self.questions.close(tx, complaint_id, "answered")
            return self.replies.keep(tx, heard, answer)

    def _accept(self, heard: HeardSms, found: Circumstances) -> SmsAnswer:
        submission = self._submission(heard)
        too_little = says_something(submission.text) and says_too_little(submission.text)
        asks = ASKS if too_little and not found.suppressed else ()
        last = found.last["complaint_id"] if found.last is not None else None
        try:
            receipt = self.door.accept(replace(submission, asks=asks, linked_to=last))
        except Refused as error:
            return self._refuse(heard, error)
        if asks:
            self.questions.ask(receipt.complaint_id, heard.contact_key, asks)
        outcome, note = ASKED if asks else ACCEPTED, wording.accepted_note(receipt.ticket)
        return SmsAnswer(outcome, "", receipt.ticket, receipt.complaint_id, note=note)

    def _refuse(self, heard: HeardSms, error: Refused) -> SmsAnswer:
        self.door.write_refusal(CHANNEL, error.code, size=heard.message.size, contact_key=heard.contact_key)
        reply = wording.one_message(error.message) if error.code in _FOR_THE_SENDER else ""
        refused = SmsAnswer(REFUSED, reply, reason=error.code, note=error.message)
        with self.door.spine.database.write() as tx:
            return self.replies.limit(tx, heard, refused)

    def _submission(self, heard: HeardSms) -> Submission:
        message = heard.message
        identity, text = read_identity(message.text)
        text, flags = read_prefix(text, self.city, self.agencies)
        if identity == DEFAULT_IDENTITY and flags:
            identity, text = read_identity(text)
        return Submission(
            channel=CHANNEL,
            account=message.account,
            text=text,
            provider_id=message.provider_id or None,
            sender=heard.phone,
            identity=identity,
            contact=Contact(phone=heard.phone),
            carrier_contact=True,
            recipients=(message.recipient,) if message.recipient else (),
            sent_at=message.sent_at,
            size=message.size,
            flags=(*heard.flags, *flags),
        )


def _asked_last(
    connection: Connection, heard: HeardSms, question: RowMapping | None, now: datetime
) -> RowMapping | None:
    """The complaint whose rating a bare number may be; not when we asked for something else since."""
    if read_bare_score(heard.message.text) is None:
        return None
    asked = repository_answers.asked_of_phone(connection, heard.contact_key, now - ASKED_FOR)
    return asked if asked is None or question is None or question["asked_at"] < asked["asked_at"] else None


def _double(
    mine: Sequence[RowMapping], added: RowMapping | None, submission: Submission, since: datetime
) -> SmsAnswer | None:
    """What became of the same words from the same number a moment ago; no second confirmation is sent."""
    same = (clean_text(submission.text), submission.identity)
    for row in mine:
        if (row["text"], row["identity"]) == same and row["received_at"] >= since:
            note = wording.accepted_note(row["ticket"])
            return SmsAnswer(ACCEPTED, "", row["ticket"], row["complaint_id"], note=note)
    return None if added is None else SmsAnswer(ANSWERED, "", added["ticket"], added["complaint_id"])
