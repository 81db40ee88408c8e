"""What is done on a keyword: state of a complaint, more about it, no more messages, how it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import RowMapping

from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.sms_talk import keywords, wording
from services.intake.sms_talk import repository as repository_sms
from services.intake.sms_talk.keywords import Keyword
from services.intake.sms_talk.message import (
    ADDED,
    CHANNEL,
    HELP,
    NOT_SOLVED,
    REFUSED,
    STARTED,
    STATUS,
    STOPPED,
    TEXT_WANTED,
    TICKET_WANTED,
    UNKNOWN_TICKET,
    SmsAnswer,
)
from services.intake.sms_talk.questions import Questions
from services.intake.sms_talk.replies import HeardSms, Replies
from services.intake.submission import Added, Addition
from shared.errors import Refused

DOUBLED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Requests:
    door: Door
    additions: Additions
    questions: Questions
    replies: Replies
    emergency_numbers: Sequence[str]

    def obey(self, keyword: Keyword, heard: HeardSms) -> SmsAnswer:
        """Does it, and says how it ended. A repetition that is not remembered changes nothing either."""
        if keyword.word in (keywords.STOP, keywords.START):
            return self._stop(heard) if keyword.word == keywords.STOP else self._start(heard)
        if keyword.word == keywords.HELP:
            return self._keep(heard, SmsAnswer(HELP, wording.help_reply(self.emergency_numbers)))
        found = self._find(keyword, heard)
        if isinstance(found, SmsAnswer):
            # What was written is not stored; that there was something, is.
            self.door.write_refusal(CHANNEL, found.outcome, size=heard.message.size, contact_key=heard.contact_key)
            return self._keep(heard, found)
        if keyword.word == keywords.STATUS:
            reply = wording.status_reply(found["ticket"], found["status"], found["agency_name"])
            return self._keep(heard, SmsAnswer(STATUS, reply, found["ticket"], found["complaint_id"]))
        return self._add(keyword, heard, found)

    def _find(self, keyword: Keyword, heard: HeardSms) -> RowMapping | SmsAnswer:
        """The sender's own complaint. A stranger's ticket reads like one that does not exist."""
        with self.door.spine.database.read() as connection:
            mine = repository_sms.own_complaints(connection, heard.contact_key, ticket=keyword.ticket)
        if keyword.ticket is not None:
            return mine[0] if mine else SmsAnswer(UNKNOWN_TICKET, wording.UNKNOWN_TICKET)
        going_on = [row for row in mine if row["status"] not in repository_sms.ENDED]
        if len(going_on) == 1:
            return going_on[0]
        return SmsAnswer(TICKET_WANTED, wording.which_ticket(keyword.word, self.door.ticket_prefix))

    def _add(self, keyword: Keyword, heard: HeardSms, row: RowMapping) -> SmsAnswer:
        ticket, complaint_id = row["ticket"], row["complaint_id"]
        not_yet = keyword.word == keywords.NOT_YET
        if not keyword.rest and not not_yet:
            return self._keep(heard, SmsAnswer(TEXT_WANTED, wording.text_wanted(ticket), ticket))
        what = "not_solved" if not_yet else "addition"
        try:
            if not self._is_double(heard, complaint_id, what, keyword.rest):
                add_from(self.additions, heard, complaint_id, what, keyword.rest)
        except Refused as error:
            refused = SmsAnswer(REFUSED, wording.one_message(error.message), ticket, reason=error.code)
            self.door.write_refusal(CHANNEL, error.code, size=heard.message.size, contact_key=heard.contact_key)
            return self._keep(heard, refused)
        reply = wording.not_solved_reply(ticket) if not_yet else wording.added_reply(ticket)
        answer = SmsAnswer(NOT_SOLVED if not_yet else ADDED, reply, ticket, complaint_id)
        with self.door.spine.database.write() as tx:
            self.questions.close(tx, complaint_id, "answered")
            return self.replies.keep(tx, heard, answer)

    def _is_double(self, heard: HeardSms, complaint_id: str, what: str, text: str) -> bool:
        """Whether the network repeated it under another id."""
        since = self.door.spine.clock.now() - DOUBLED_WITHIN
        with self.door.spine.database.read() as connection:
            row = repository_sms.same_addition(connection, heard.contact_key, text, since)
        return row is not None and (row["complaint_id"], row["what"]) == (complaint_id, what)

    def _stop(self, heard: HeardSms) -> SmsAnswer:
        with self.door.spine.database.write() as tx:
            repository_sms.suppress(tx, heard.contact_key, "asked_by_sms", self.door.spine.clock.now())
            return self.replies.keep(tx, heard, SmsAnswer(STOPPED, wording.STOPPED))

    def _start(self, heard: HeardSms) -> SmsAnswer:
        with self.door.spine.database.write() as tx:
            repository_sms.unsuppress(tx, heard.contact_key)
            return self.replies.keep(tx, heard, SmsAnswer(STARTED, wording.STARTED))

    def _keep(self, heard: HeardSms, answer: SmsAnswer) -> SmsAnswer:
        with self.door.spine.database.write() as tx:
            return self.replies.keep(tx, heard, answer)


def add_from(additions: Additions, heard: HeardSms, complaint_id: str, what: str, text: str) -> Added:
    """A message, or what follows its keyword, as an addition. Raises as `Additions.add` does."""
    message = heard.message
    return additions.add(
        Addition(
            complaint_id=complaint_id,
            what=what,
            channel=CHANNEL,
            account=message.account,
            text=text,
            provider_id=message.provider_id or None,
            sender=heard.phone,
            sent_at=message.sent_at,
            size=message.size,
            flags=heard.flags,
        )
    )
