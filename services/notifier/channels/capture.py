"""Captured notices: kept in a folder and shown, not sent. The way out of a demonstration."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from services.notifier.delivery import CAPTURED, EMAIL, PENDING, Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Document, Letter, Mail, Sms

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_ID_SIGNS = 12  # the last ones: an id begins with the time, which neighbours share


@dataclass(frozen=True)
class CaptureFolder:
    """One file a delivery, named after it, so that keeping it again changes nothing.

    A file appears whole or not at all. It is not forced to the disk: after a power cut a captured notice may be
    missing, which a demonstration can bear.
    """

    folder: Path

    def keep(self, delivery: Delivery, suffix: str, content: bytes) -> None:
        """Raises `OSError`."""
        whole = self.folder / file_name(delivery, suffix)
        part = whole.with_name(f".{whole.name}.part")  # whoever holds the delivery is the only one to write it
        try:
            try:
                part.write_bytes(content)
            except FileNotFoundError:
                self.folder.mkdir(parents=True, exist_ok=True)
                part.write_bytes(content)
            part.replace(whole)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def read(self, delivery: Delivery) -> dict[str, Any] | None:
        """The notice as it was kept, for the pages that show it; None when the file is gone."""
        suffix = "eml" if delivery.channel == EMAIL else "json"
        try:
            content = (self.folder / file_name(delivery, suffix)).read_bytes()
        except OSError:
            return None
        return _read_mail(content) if suffix == "eml" else {"subject": "", "html": "", **json.loads(content)}


@dataclass(frozen=True)
class Capture:
    """A channel that keeps instead of sending. Repeating an attempt is harmless."""

    folder: CaptureFolder
    via: str = "capture"
    repeatable: bool = True

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        if isinstance(letter, Mail):
            return self._keep(delivery, "eml", letter.content)
        shown = _document_shown(letter) if isinstance(letter, Document) else _sms_shown(letter)
        kept = {
            **shown, "delivery_id": delivery.delivery_id, "ticket": delivery.ticket, "message": delivery.message,
            "at": at.isoformat(),
        }  # fmt: skip
        return self._keep(delivery, "json", json.dumps(kept, ensure_ascii=False, indent=1).encode())

    def close(self) -> None:
        """Nothing is kept open."""

    def _keep(self, delivery: Delivery, suffix: str, content: bytes) -> Outcome:
        try:
            self.folder.keep(delivery, suffix, content)
        except OSError as error:
            return Outcome(PENDING, "capture_failed", error.strerror or type(error).__name__, away=Away.CHANNEL)
        return Outcome(CAPTURED, "captured")


def file_name(delivery: Delivery, suffix: str) -> str:
    parts = (delivery.ticket, delivery.message, delivery.recipient, delivery.delivery_id.replace("-", "")[-_ID_SIGNS:])
    return f"{'-'.join(_UNSAFE.sub('_', part) for part in parts)}.{suffix}"


def _sms_shown(letter: Sms) -> dict[str, str]:
    return {"to": letter.to, "from": letter.sender, "text": letter.text}


def _document_shown(letter: Document) -> dict[str, str]:
    """The event as a person reads it."""
    event = json.loads(letter.content)
    text = json.dumps(event, ensure_ascii=False, indent=1)
    return {"to": letter.to, "from": str(event["source"]), "subject": letter.type, "text": text}


def _read_mail(content: bytes) -> dict[str, Any]:
    message: EmailMessage = message_from_bytes(content, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "to": str(message["To"]),
        "from": str(message["From"]),
        "subject": str(message["Subject"]),
        "at": message["Date"].datetime.isoformat(),
        "text": _body(text),
        "html": _body(html),
    }


def _body(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
