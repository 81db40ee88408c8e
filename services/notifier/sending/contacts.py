"""Asking intake for contacts, at the moment of sending and for many at once. They are not stored here."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.notifier.delivery import Addressee
from shared.clock import Clock
from shared.errors import Transient
from shared.web.internal import InternalClient


@dataclass(frozen=True)
class Resolved:
    """What intake knows: contacts by their reference, tracking codes by complaint. What it deleted is not there."""

    contacts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    tracking_codes: Mapping[str, str] = field(default_factory=dict, repr=False)

    def addressee(self, complaint_id: str, contact_ref: str | None) -> Addressee | None:
        """None when the contact or the complaint is gone."""
        contact = self.contacts.get(contact_ref or "")
        code = self.tracking_codes.get(complaint_id)
        if contact is None or not code:
            return None
        email, phone, name = (str(contact.get(key) or "").strip() for key in ("email", "phone", "name"))
        return Addressee(email, phone, name, code)

    def keys(self, contact_ref: str | None) -> Mapping[str, str]:
        """What tells equal contacts without naming them, by channel."""
        keys = self.contacts.get(contact_ref or "", {}).get("keys")
        return {str(name): str(key) for name, key in keys.items() if key} if isinstance(keys, dict) else {}

    def suppressed(self, contact_ref: str | None) -> frozenset[str]:
        """The channels by which the contact wants no messages."""
        channels = self.contacts.get(contact_ref or "", {}).get("suppressed")
        return frozenset(map(str, channels)) if isinstance(channels, list) else frozenset()


class ContactDirectory(Protocol):
    def resolve(self, wanted: Sequence[tuple[str, str]]) -> Resolved:
        """`wanted` are pairs of complaint id and contact reference. Raises `Transient` or `Rejected`."""
        ...


class IntakeContacts:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def resolve(self, wanted: Sequence[tuple[str, str]]) -> Resolved:
        pairs = [{"complaint_id": complaint_id, "contact_ref": reference} for complaint_id, reference in wanted]
        body = {"purpose": "receipt", "service": "notifier", "complaints": pairs}
        try:
            answer = self._client.post("/contacts/resolve", body)
            complaints = dict(answer["complaints"])
            codes = {str(key): str(value["tracking_code"]) for key, value in complaints.items()}
            contacts = {str(key): dict(value) for key, value in dict(answer["contacts"]).items()}
            return Resolved(contacts, codes)
        except (KeyError, TypeError, ValueError) as error:  # no JSON, or not of this shape
            raise Transient("intake's answer cannot be read", code="contacts_unreadable") from error


class RecentContacts:
    """Spares intake the same question twice: whoever sorts a message and whoever sends it seconds later both ask.

    What was found is given out once more within a few seconds, and then forgotten. What was not found is asked again.
    """

    def __init__(self, directory: ContactDirectory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], tuple[float, Mapping[str, Any], str]] = {}

    def resolve(self, wanted: Sequence[tuple[str, str]]) -> Resolved:
        """Raises what the directory raises."""
        at = self._clock.monotonic_seconds()
        with self._lock:
            known = {pair: self._found.pop(pair) for pair in wanted if pair in self._found}
            known = {pair: found for pair, found in known.items() if at - found[0] < _REMEMBERED_SECONDS}
        contacts = {reference: found[1] for (_, reference), found in known.items()}
        codes = {complaint_id: found[2] for (complaint_id, _), found in known.items()}
        missing = [pair for pair in wanted if pair not in known]
        if missing:
            answer = self._directory.resolve(missing)
            self._remember(answer, missing, at)
            contacts |= answer.contacts
            codes |= answer.tracking_codes
        return Resolved(contacts, codes)

    def _remember(self, answer: Resolved, asked: Sequence[tuple[str, str]], at: float) -> None:
        with self._lock:
            self._found = {pair: found for pair, found in self._found.items() if at - found[0] < _REMEMBERED_SECONDS}
            for complaint_id, reference in asked:
                contact, code = answer.contacts.get(reference), answer.tracking_codes.get(complaint_id)
                if contact is not None and code:
                    self._found[(complaint_id, reference)] = (at, contact, code)


_REMEMBERED_SECONDS = 10.0
