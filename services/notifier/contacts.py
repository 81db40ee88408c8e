"""Asking intake for contacts, at the moment of sending and for many at once. They are not stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.notifier.delivery import Addressee
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
