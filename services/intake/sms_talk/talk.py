"""Talking by text message, whatever the gateway: complaints, keywords, answers to our questions, parts of texts."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.contacts import normalise_phone
from services.intake.rating import Ratings
from services.intake.sms_talk import wording
from services.intake.sms_talk.hearing import Hearing
from services.intake.sms_talk.joining import Joining
from services.intake.sms_talk.keywords import read_keyword
from services.intake.sms_talk.message import CHANNEL, REFUSED, SmsAnswer, SmsMessage
from services.intake.sms_talk.part_rows import PartRows
from services.intake.sms_talk.parts import breaks_off, fills_a_message
from services.intake.sms_talk.questions import Questions
from services.intake.sms_talk.replies import HeardSms, Replies
from services.intake.sms_talk.requests import Requests
from shared.citypack import CityPack


@dataclass(frozen=True)
class SmsTalk:
    door: Door
    hearing: Hearing
    joining: Joining
    questions: Questions

    @staticmethod
    def of(door: Door, additions: Additions, ratings: Ratings, pack: CityPack, replies_per_day: int) -> SmsTalk:
        questions = Questions(door.spine)
        replies = Replies(door.spine, door.vault, door.zone, replies_per_day)
        numbers = [number.number for number in pack.city.emergency_numbers]
        requests = Requests(door, additions, ratings, questions, replies, numbers)
        agencies = frozenset(agency.code for agency in pack.agencies)
        hearing = Hearing(door, additions, questions, replies, requests, pack.city.name, agencies)
        return SmsTalk(door, hearing, Joining(door, hearing, PartRows(door.vault.sealer, door.zone)), questions)

    def take(self, message: SmsMessage) -> SmsAnswer:
        """Never refuses by an error: what will not be accepted is an outcome, kept as a refusal.

        What it answers is stored. Raises `Transient` when the database is away: then nothing is.
        """
        phone = normalise_phone(message.sender, by_carrier=True)
        if phone is None:
            self.door.spine.metrics.refused.labels(CHANNEL, "bad_sender").inc()
            self.door.write_refusal(CHANNEL, "bad_sender", size=message.size)
            return SmsAnswer(REFUSED, reason="bad_sender", note=wording.BAD_SENDER)
        heard = HeardSms(message, phone, self.door.vault.phone_key(phone) or "")
        if message.part is not None and message.part.total > 1:
            return self.joining.take_numbered(heard, message.part)
        return self._take_whole(heard)

    def _take_whole(self, heard: HeardSms) -> SmsAnswer:
        text = heard.message.text
        found = self.hearing.look_around(heard)
        if found.is_known:
            return self.hearing.hear(heard, found)
        if read_keyword(text, self.door.ticket_prefix) is not None:
            answer = self.hearing.hear(heard, found)
            if breaks_off(text) and answer.complaint_id is not None:
                self.joining.note_cut(heard, answer.complaint_id)
            return answer
        if fills_a_message(text):
            return self.joining.take_full(heard)
        tail = self.joining.take_tail(heard, found) if found.has_parts else None
        return tail or self.hearing.hear(heard, found)
