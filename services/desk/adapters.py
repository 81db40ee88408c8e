"""The other services, as the desk asks them at once: intake for a contact, the notifier for what was captured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from services.desk.cases.reveal import Contact
from shared.errors import Rejected, Transient
from shared.web.internal import InternalClient


@dataclass(frozen=True)
class CapturedMessage:
    """A message that the demonstration kept instead of sending. `at` is as the notifier wrote it, ISO 8601."""

    delivery_id: str
    ticket: str
    message: str
    recipient: str
    channel: str
    at: str
    subject: str
    text: str


class CapturedMessages(Protocol):
    def latest(self) -> list[CapturedMessage]:
        """The newest first. Raises `Transient` when the notifier cannot be asked now."""
        ...


class IntakeContacts:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def reveal(self, *, complaint_id: str, actor: str, role: str, reason: str) -> Contact | None:
        body = {"complaint_id": complaint_id, "actor": actor, "role": role, "reason": reason}
        try:
            answer = _mapping(self._client.post("/contacts/reveal", body))
        except Rejected:  # there is none: it was deleted, or never given
            return None
        return Contact(_text(answer, "email"), _text(answer, "phone"), _text(answer, "name"))


class NotifierCaptured:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def latest(self) -> list[CapturedMessage]:
        try:
            answer = self._client.get("/captured")
        except Rejected as error:
            raise Transient(error.message, code="service_away") from error
        rows = _mapping(answer).get("captured")
        rows = rows if isinstance(rows, list) else []
        names = CapturedMessage.__dataclass_fields__
        return [CapturedMessage(**{name: _text(row, name) for name in names}) for row in rows if isinstance(row, dict)]


def _mapping(answer: Any) -> dict[str, Any]:
    return answer if isinstance(answer, dict) else {}


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    return "" if value is None else str(value)
