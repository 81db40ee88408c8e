"""One delivery and a letter of each kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from services.notifier.delivery import Delivery
from services.notifier.writing.letters import Document, Mail, Sms

NOW = datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
DELIVERY_ID = "0193f3a0-0000-7000-8000-0123456789ab"
DELIVERY = Delivery(
    delivery_id=DELIVERY_ID, complaint_id="c1", ticket="CMH-743K-JZ16", assignment=1, recipient="DPUPR",
    message="case_notice", channel="webhook", contact_ref=None, data={}, state="sending", attempts=1, planned_at=NOW,
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)  # fmt: skip
MAIL = Mail(
    "tanggap@cimahi.example",
    "budi@mail.example",
    b"From: tanggap@cimahi.example\r\nTo: budi@mail.example\r\nSubject: Laporan diterima\r\n\r\nTerima kasih.\r\n",
)
SMS = Sms("+6281234567890", "1234", "Laporan diterima: CMH-743K-JZ16 é")
EVENT = {
    "specversion": "1.0", "id": DELIVERY_ID, "source": "tanggap/notifier", "type": "tanggap.case_notice.v1",
    "subject": "CMH-743K-JZ16", "time": NOW.isoformat(), "datacontenttype": "application/json",
    "data": {"ticket": "CMH-743K-JZ16", "text": "Jalan berlubang – “parah”"},
}  # fmt: skip


def document(to: str, agency: str = "DPUPR") -> Document:
    return Document(to, agency, EVENT["type"], json.dumps(EVENT, ensure_ascii=False).encode())  # type: ignore[arg-type]
