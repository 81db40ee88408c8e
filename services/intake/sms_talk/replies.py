"""Answers to text messages: given once, remembered, and limited for each number and day."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from services.intake import repository
from services.intake.contacts import ContactVault
from services.intake.sms_talk import repository as repository_sms
from services.intake.sms_talk.message import ADDED, ANSWERED, CHANNEL, LATE_PART, NOT_SOLVED, SmsAnswer, SmsMessage
from shared.service import Spine
from shared.storage.database import Transaction

_LASTING = (ADDED, ANSWERED, LATE_PART, NOT_SOLVED)
"""What must not happen twice, also when a gateway gives its messages no ids and somebody writes the same again."""


@dataclass(frozen=True)
class HeardSms:
    """A whole message with its sender in normal form. `flags` are marks for the complaint."""

    message: SmsMessage
    phone: str
    contact_key: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replies:
    spine: Spine
    vault: ContactVault
    zone: ZoneInfo
    per_day: int

    def keep(self, tx: Transaction, heard: HeardSms, answer: SmsAnswer) -> SmsAnswer:
        """The answer as it is to be given: without its reply when the number has had its share for today."""
        answer = self.limit(tx, heard, answer)
        if heard.message.provider_id or answer.outcome in _LASTING:
            repository_sms.remember(tx, self.message_key(heard), answer, self.spine.clock.now())
        return answer

    def limit(self, tx: Transaction, heard: HeardSms, answer: SmsAnswer) -> SmsAnswer:
        if not answer.reply:
            return answer
        key = self.vault.hasher.contact_key("sms reply", heard.phone)
        given = repository.count_receipts(tx, [(key, self._day(heard, received=True))])
        return replace(answer, reply="") if given[key] > self.per_day else answer

    def message_key(self, heard: HeardSms) -> str:
        message = heard.message
        told = message.provider_id or f"day {self._day(heard)}"
        parts = (CHANNEL, message.account, told, heard.contact_key, message.text)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _day(self, heard: HeardSms, *, received: bool = False) -> str:
        at = self.spine.clock.now() if received else heard.message.sent_at or self.spine.clock.now()
        return at.astimezone(self.zone).date().isoformat()
