"""A part of a long text message as a row, sealed, and back; and the whole that such rows make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.intake.sms_talk import parts as parts_of
from services.intake.sms_talk.message import PartOf, SmsMessage
from services.intake.sms_talk.parts import WAIT, Part
from services.intake.sms_talk.replies import HeardSms
from services.intake.sms_talk.repository import WAITING
from shared.sealing import Sealer


@dataclass(frozen=True)
class PartRows:
    sealer: Sealer
    zone: ZoneInfo

    def row(
        self, heard: HeardSms, key: str, now: datetime, *, reference: str = "", number: int, total: int = 0
    ) -> dict[str, Any]:
        return {
            "part_key": key,
            "contact_key": heard.contact_key,
            "account": heard.message.account,
            "reference": reference,
            "number": number,
            "total": total,
            "sealed": self._sealed(heard),
            "cut": not reference and parts_of.breaks_off(heard.message.text),
            "state": WAITING,
            "message_id": None,
            "complaint_id": None,
            "received_at": now,
            "due_at": now + WAIT,
            "lease_until": None,
        }

    def whole(self, rows: Sequence[RowMapping], *, late: bool = False) -> tuple[HeardSms, str]:
        """The message that these parts are, and the words of the last one. A single one is what it was.

        Where a part is missing there is a mark, but not when they come late themselves.
        """
        by_key = {row["part_key"]: self._unsealed(row) for row in rows}
        ordered = [by_key[part.part_key] for part in parts_of.in_order([part_of(row) for row in rows])]
        first, texts, total = ordered[0], [each.message.text for each in ordered], rows[0]["total"]
        if len(ordered) == 1 and not total:
            return first, texts[0]
        if total and late:
            text, is_missing = "".join(texts).strip(), False
        elif total:
            numbered = [(row["number"], by_key[row["part_key"]].message.text) for row in rows]
            text, is_missing = parts_of.join_numbered(numbered, total)
        else:
            text, is_missing = parts_of.join_arrived(texts), False
        message = replace(
            first.message,
            text=text,
            provider_id=f"parts:{rows[0]['message_id']}",
            size=sum(each.message.size for each in ordered),
        )
        return replace(first, message=message, flags=("parts_missing",) if is_missing else ()), texts[-1]

    def numbered_key(self, heard: HeardSms, part: PartOf) -> str:
        """The same part again has the same key, also when the network doubled it under another id."""
        whose = (heard.message.account, heard.contact_key, self._day(heard))
        return _digest("numbered", *whose, part.reference, part.total, part.number, heard.message.text)

    def full_key(self, heard: HeardSms, now: datetime) -> str:
        """So many equal words from one number on one day are one message, whatever its id."""
        message, day = heard.message, now.astimezone(self.zone).date().isoformat()
        return _digest("full", message.account, heard.contact_key, day, message.text)

    def tail_key(self, heard: HeardSms, now: datetime) -> str:
        """A few words are the same message only under the same id."""
        return _digest(self.full_key(heard, now), heard.message.provider_id)

    def _day(self, heard: HeardSms) -> str:
        sent_at = heard.message.sent_at
        return sent_at.astimezone(self.zone).date().isoformat() if sent_at else heard.message.provider_id

    def _sealed(self, heard: HeardSms) -> str:
        message = heard.message
        sent_at = message.sent_at.isoformat() if message.sent_at else None
        fields = [heard.phone, message.recipient, message.text, message.provider_id, sent_at, message.size]
        return self.sealer.seal(json.dumps(fields))

    def _unsealed(self, row: RowMapping) -> HeardSms:
        phone, recipient, text, provider_id, sent_at, size = json.loads(self.sealer.unseal(row["sealed"]))
        at = datetime.fromisoformat(sent_at) if sent_at else None
        message = SmsMessage(row["account"], phone, recipient, text, provider_id, None, at, size)
        return HeardSms(message, phone, row["contact_key"])


def part_of(row: RowMapping) -> Part:
    return Part(*(row[name] for name in Part.__dataclass_fields__))


def _digest(*parts: str | int) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
