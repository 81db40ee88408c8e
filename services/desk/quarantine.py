"""Messages that intake could not make sense of, as the desk asks intake for them. They lie there, not here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from services.desk.people.person import Person
from services.desk.wording import read_moment
from shared.errors import Refused, Rejected
from shared.web.internal import InternalClient

MOST_REASON = 500


@dataclass(frozen=True)
class HeldMessage:
    """A message in quarantine. `detail` names nobody."""

    quarantine_id: str
    channel: str
    reason: str
    detail: str
    size: int
    state: str
    received_at: datetime | None


@dataclass(frozen=True)
class OpenedMessage:
    """What it says, in clear: a mail's sender and headers with it. Who may read how much is the page's matter.

    `source` is the beginning of what came, where nothing in it can be read as text.
    """

    held: HeldMessage
    subject: str
    sender: str
    text: str
    source: str
    headers: Sequence[tuple[str, str]]
    attachments: Sequence[str]


@dataclass(frozen=True)
class Settled:
    """What it became: `complaint`, `reply`, `delivery_event`, `discarded`; `ticket` where there is one."""

    kind: str
    ticket: str


class HeldMessages(Protocol):
    """All raise `Transient` when intake cannot be asked now, and `Refused` when it says no."""

    def waiting(self) -> list[HeldMessage]: ...
    def open(self, quarantine_id: str, person: Person, reason: str) -> OpenedMessage: ...
    def replay(self, quarantine_id: str, person: Person, *, as_complaint: bool, reason: str) -> Settled: ...
    def discard(self, quarantine_id: str, person: Person, reason: str) -> Settled: ...


class IntakeQuarantine:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def waiting(self) -> list[HeldMessage]:
        """The oldest first."""
        return [_held(row) for row in self._ask("GET", "")["messages"]]

    def open(self, quarantine_id: str, person: Person, reason: str) -> OpenedMessage:
        query = urlencode({"actor": person.login, "role": person.role, "reason": reason})
        answer = self._ask("GET", f"/{quarantine_id}?{query}")
        return OpenedMessage(
            held=_held(answer),
            subject=str(answer["subject"]),
            sender=str(answer["from"]),
            text=str(answer["text"]),
            source=str(answer["source"]),
            headers=[(str(one["name"]), str(one["value"])) for one in answer["headers"]],
            attachments=[str(name) for name in answer["attachments"]],
        )

    def replay(self, quarantine_id: str, person: Person, *, as_complaint: bool, reason: str) -> Settled:
        body = {"actor": person.login, "role": person.role, "reason": reason}
        wanted = {"as": "complaint"} if as_complaint else {}
        return _settled(self._ask("POST", f"/{quarantine_id}/replay", body | wanted))

    def discard(self, quarantine_id: str, person: Person, reason: str) -> Settled:
        body = {"actor": person.login, "role": person.role, "reason": reason}
        return _settled(self._ask("POST", f"/{quarantine_id}/discard", body))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        path = f"/quarantine{path}"
        try:
            answer = self._client.get(path) if method == "GET" else self._client.post(path, body or {})
        except Rejected as error:
            raise Refused(error.message, code=error.code, status=409) from error
        return dict(answer)


def _held(row: dict[str, Any]) -> HeldMessage:
    texts = ("quarantine_id", "channel", "reason", "detail", "state")
    return HeldMessage(
        **{name: str(row[name]) for name in texts},
        size=int(row["size"]),
        received_at=read_moment(str(row["received_at"])),
    )


def _settled(answer: dict[str, Any]) -> Settled:
    return Settled(str(answer["kind"]), str(answer.get("ticket") or ""))
