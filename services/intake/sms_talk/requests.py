"""What is done on a keyword: state of a complaint, more about it, no more messages, how it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import RowMapping

from services.intake import repository_answers
from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.rating import ASKED_FOR, Rating, Ratings
from services.intake.scores import Score, read_score
from services.intake.sms_talk import keywords, wording
from services.intake.sms_talk import repository as repository_sms
from services.intake.sms_talk.keywords import Keyword
from services.intake.sms_talk.message import (
    ADDED,
    CHANNEL,
    HELP,
    NOT_ANSWERED,
    NOT_SOLVED,
    RATED,
    REFUSED,
    SCORE_WANTED,
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
_ON_WHAT_WAS_SETTLED = (keywords.NOT_YET, keywords.RATE)


@dataclass(frozen=True)
class Requests:
    door: Door
    additions: Additions
    ratings: Ratings
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
        if keyword.word == keywords.RATE:
            return self._rate(keyword, heard, found)
        return self._add(keyword, heard, found)

    def rate(self, heard: HeardSms, row: RowMapping, score: Score) -> SmsAnswer:
        """For the sender's own complaint."""
        ticket, complaint_id = row["ticket"], row["complaint_id"]
        if row["status"] not in repository_answers.RATEABLE:
            reply = wording.not_answered_reply(ticket, row["status"], row["agency_name"])
            return self._keep(heard, SmsAnswer(NOT_ANSWERED, reply, ticket))
        message = heard.message
        known_as = message.provider_id or None
        rating = Rating(complaint_id, score.score, CHANNEL, message.account, score.words, known_as)
        try:
            rated = self.ratings.rate(rating)
        except Refused as error:
            return self._refuse(heard, ticket, error)
        return self._keep(heard, SmsAnswer(RATED, wording.rated_reply(ticket, rated.score), ticket, complaint_id))

    def _find(self, keyword: Keyword, heard: HeardSms) -> RowMapping | SmsAnswer:
        """The sender's own complaint. A stranger's ticket reads like one that does not exist."""
        with self.door.spine.database.read() as connection:
            mine = repository_sms.own_complaints(connection, heard.contact_key, ticket=keyword.ticket)
            since = self.door.spine.clock.now() - ASKED_FOR
            asked = repository_answers.asked_of_phone(connection, heard.contact_key, since)
        if keyword.ticket is not None:
            return mine[0] if mine else SmsAnswer(UNKNOWN_TICKET, wording.UNKNOWN_TICKET)
        if asked is not None and keyword.word in _ON_WHAT_WAS_SETTLED:
            return asked
        settled = [row for row in mine if row["status"] in repository_answers.RATEABLE]
        going_on = [row for row in mine if row["status"] not in repository_sms.ENDED]
        fitting = (settled or going_on) if keyword.word == keywords.RATE else going_on
        if len(fitting) == 1:
            return fitting[0]
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
            return self._refuse(heard, ticket, error)
        reply = wording.not_solved_reply(ticket) if not_yet else wording.added_reply(ticket)
        answer = SmsAnswer(NOT_SOLVED if not_yet else ADDED, reply, ticket, complaint_id)
        with self.door.spine.database.write() as tx:
            self.questions.close(tx, complaint_id, "answered")
            return self.replies.keep(tx, heard, answer)

    def _rate(self, keyword: Keyword, heard: HeardSms, row: RowMapping) -> SmsAnswer:
        score = read_score(keyword.rest)
        if score is None and row["status"] in repository_answers.RATEABLE:
            return self._keep(heard, SmsAnswer(SCORE_WANTED, wording.score_wanted(row["ticket"]), row["ticket"]))
        return self.rate(heard, row, score or Score(0))

    def _refuse(self, heard: HeardSms, ticket: str, error: Refused) -> SmsAnswer:
        self.door.write_refusal(CHANNEL, error.code, size=heard.message.size, contact_key=heard.contact_key)
        reply = wording.one_message(error.message)
        return self._keep(heard, SmsAnswer(REFUSED, reply, ticket, reason=error.code))

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
