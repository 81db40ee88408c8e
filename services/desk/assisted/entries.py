"""How the desk hands an entered complaint to intake, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from services.desk.wording import read_moment
from shared.errors import Refused, Rejected, Transient
from shared.web.internal import InternalClient, SaidNo


class Outcome(StrEnum):
    STORED = "stored"
    KNOWN = "known"
    CHANGED = "changed"
    KNOWN_NUMBER = "known_number"
    SIMILAR = "similar"


@dataclass(frozen=True)
class Similar:
    """An open complaint that may be the same. `token` stands for it; nothing of what was written is told."""

    token: str
    agency_name: str
    kind: str
    kelurahan: str
    received_at: datetime


@dataclass(frozen=True)
class Receipt:
    """What was stored. Its tracking code and link are for the paper only: nothing here keeps or logs them."""

    ticket: str
    complaint_id: str
    received_at: datetime
    entered_at: datetime
    channel: str
    kind: str
    identity: str
    summary: str
    office: str
    officer: str
    agency: str
    tracking_code: str = field(repr=False)
    status_url: str = field(repr=False)
    name: str = field(default="", repr=False)
    kelurahan: str = ""
    kecamatan: str = ""
    detail: str = ""
    happened_on: str = ""
    sp4n: str = ""
    told: str = ""
    """Whether the citizen gets messages: `wanted`, else why not."""
    photos: int = 0
    joined: bool = False


@dataclass(frozen=True)
class Answer:
    """`receipt` of what this form became; `ticket` of another complaint that has the number already."""

    outcome: Outcome
    receipt: Receipt | None = None
    ticket: str = ""
    similar: tuple[Similar, ...] = ()


class Entries(Protocol):
    """Both raise `Refused` (with a sentence for each field) and `Transient`: then it may or may not be stored, and to
    send it again under the same key is safe."""

    def keep_photo(self, content: bytes) -> str:
        """A token that stands for the photo."""
        ...

    def enter(self, body: Mapping[str, Any]) -> Answer: ...


class IntakeEntries:
    """`files` is asked with photos, which take their time."""

    def __init__(self, client: InternalClient, files: InternalClient) -> None:
        self._client = client
        self._files = files

    @staticmethod
    def at(url: str, token: str) -> IntakeEntries:
        """Storing takes moments and may wait for a lock; a photo may wait for its turn to be decoded."""
        slow = InternalClient(url, token, timeout_seconds=45.0)
        return IntakeEntries(InternalClient(url, token, timeout_seconds=15.0), slow)

    def keep_photo(self, content: bytes) -> str:
        try:
            answer = self._files.post_bytes("/complaints/photos", content)
        except Rejected as error:
            raise Refused(error.message, code=error.code) from error
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise _odd()
        return token

    def enter(self, body: Mapping[str, Any]) -> Answer:
        try:
            answer = self._client.post("/complaints", dict(body))
        except SaidNo as error:
            raise Refused(error.message, code=error.code, fields=error.fields) from error
        except Rejected as error:  # something else answers there
            raise Transient(error.message, code=error.code) from error
        try:
            return _answer(answer)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _odd() from error


def _odd() -> Transient:
    return Transient("intake's answer cannot be read", code="odd_answer")


def _answer(answer: Any) -> Answer:
    """Raises whatever Python does for an answer that is not whole."""
    outcome, told = Outcome(answer["outcome"]), answer["complaint"]
    if outcome is Outcome.SIMILAR:
        return Answer(outcome, similar=tuple(_similar(one) for one in answer["offers"]))
    if outcome is Outcome.KNOWN_NUMBER:
        return Answer(outcome, ticket=_given(told, "ticket"))
    return Answer(outcome, _receipt(told))


def _receipt(told: Mapping[str, Any]) -> Receipt:
    by = told["entered_by"]
    needed = ("ticket", "complaint_id", "channel", "kind", "identity", "summary", "tracking_code", "status_url")
    optional = ("name", "kelurahan", "kecamatan", "detail", "happened_on", "office")
    return Receipt(
        **{name: _given(told, name) for name in needed},
        **{name: str(told.get(name) or "") for name in optional},
        received_at=_moment(told, "received_at"),
        entered_at=_moment(told, "entered_at"),
        officer=_given(by, "name"),
        agency=str(by.get("agency") or ""),
        sp4n=str(told["external_refs"].get("sp4n") or ""),
        told=str(told.get("receipt") or ""),
        photos=int(told["photos"]),
        joined=bool(told["joined"]),
    )


def _similar(one: Mapping[str, Any]) -> Similar:
    return Similar(
        _given(one, "token"),
        str(one.get("agency_name") or ""),
        _given(one, "kind"),
        str(one.get("kelurahan") or ""),
        _moment(one, "received_at"),
    )


def _given(told: Mapping[str, Any], name: str) -> str:
    value = told[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _moment(told: Mapping[str, Any], name: str) -> datetime:
    at = read_moment(_given(told, name))
    if at is None:
        raise ValueError(name)
    return at
