"""A harmless message to an agency, sent at once by one of its ways, to see whether the way leads there.

It is no delivery: nothing waits, nothing is repeated, and the answer goes to whoever asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr

from services.notifier.delivery import EMAIL, PENDING, SMS, Delivery
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.repository import directory
from services.notifier.sending.by_hand import Person
from services.notifier.tables import audit
from services.notifier.way_out import Outcome, WayOut
from services.notifier.writing.letters import Document, Letter, Sms
from services.notifier.writing.mail import Unaddressable, write_mail
from shared.audit import record_act
from shared.errors import Refused
from shared.ids import new_id
from shared.service import Spine

MESSAGE = "test"
TYPE = "tanggap.test.v1"
_SUBJECT = "Pesan percobaan dari Tanggap"
_TEXT = "Ini pesan percobaan dari Tanggap {city}. Saluran ini berfungsi. Pesan ini tidak perlu dijawab."


@dataclass(frozen=True)
class Trial:
    spine: Spine
    channels: Mapping[str, WayOut | None]
    city: str
    mail_from: str
    sms_sender: str

    def send(self, code: str, way: str, by: Person) -> tuple[str, Outcome]:
        """By `way`, or by the first that the agency has and that is configured: which, and how it went.

        Raises `Refused`: no such agency, no such way there, or the way is not configured.
        """
        with self.spine.database.read() as connection:
            entry = directory(connection, [code]).get(code)
        if entry is None:
            raise Refused(f"there is no agency {code}", code="no_such_agency", status=404)
        chosen = self._choose(entry, way)
        out = self.channels.get(chosen)
        assert out is not None
        at = self.spine.clock.now()
        delivery = _delivery(code, chosen, at)
        try:
            outcome = out.send(delivery, self._letter(entry, delivery), at)
        except Unaddressable as error:
            raise Refused(str(error), code="bad_address", status=409) from error
        details = {"way": chosen, "state": outcome.state, "reason": outcome.reason}
        with self.spine.database.write() as tx:
            record_act(
                tx, audit, at=at, actor=by.name, role=by.role, act="agency.test", subject=code[:64], reason=by.why,
                details=details,
            )  # fmt: skip
        return chosen, outcome

    def _choose(self, entry: DirectoryEntry, way: str) -> str:
        usable = [one for one in entry.ways if self.channels.get(one) is not None]
        if way and not entry.endpoints.get(way):
            raise Refused(f"{entry.code} has no address for {way}", code="no_endpoint", status=409)
        if way and self.channels.get(way) is None:
            raise Refused(f"{way} is not configured", code="not_configured", status=409)
        if not way and not usable:
            raise Refused(f"no way to {entry.code} is configured", code="not_configured", status=409)
        return way or usable[0]

    def _letter(self, entry: DirectoryEntry, delivery: Delivery) -> Letter:
        way, at = delivery.channel, delivery.planned_at
        address, text = str(entry.endpoints[way]), _TEXT.format(city=self.city)
        if way == EMAIL:
            headers = [("Subject", _SUBJECT), ("Date", format_datetime(at)), ("Auto-Submitted", "auto-generated")]
            html = f'<!doctype html><html lang="id"><body><p>{text}</p></body></html>'
            return write_mail(
                sender=parseaddr(self.mail_from), recipient=(entry.name, address), headers=headers, text=text,
                html=html, boundary=f"=_{delivery.delivery_id}",
            )  # fmt: skip
        if way == SMS:
            return Sms(address, self.sms_sender, text)
        event = {
            "specversion": "1.0", "id": delivery.delivery_id, "source": "tanggap/notifier", "type": TYPE,
            "subject": entry.code, "time": at.isoformat(), "datacontenttype": "application/json",
            "data": {"text": text},
        }  # fmt: skip
        return Document(address, entry.code, TYPE, json.dumps(event, ensure_ascii=False).encode())


def _delivery(code: str, way: str, at: datetime) -> Delivery:
    return Delivery(
        delivery_id=new_id(), complaint_id="-", ticket="-", assignment=0, recipient=code, message=MESSAGE,
        channel=way, contact_ref=None, data={}, state=PENDING, attempts=0, planned_at=at, traceparent="",
    )  # fmt: skip
