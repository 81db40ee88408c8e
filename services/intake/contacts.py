"""Contacts in the one form in which they are compared and stored. Pure; sealing is handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import phonenumbers

from services.intake.submission import Contact
from shared.errors import Refused
from shared.sealing import ContactHasher, Sealer

REGION = "ID"  # numbers without a country code are Indonesian
_EMAIL = re.compile(r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{1,62})")
_MOST_EMAIL_CHARACTERS = 254
_LEAST_CARRIER_DIGITS = 8
_MOST_QUOTED = 60


def normalise_email(text: str) -> str | None:
    """The address with its domain in lower case; None when no mail could be sent to it."""
    text = text.strip()
    match = _EMAIL.fullmatch(text) if len(text) <= _MOST_EMAIL_CHARACTERS else None
    if match is None:
        return None
    local, domain = match.groups()
    if local.startswith(".") or local.endswith(".") or ".." in local or "-." in domain or ".-" in domain:
        return None
    return f"{local}@{domain.lower()}"


def normalise_phone(text: str, *, by_carrier: bool = False) -> str | None:
    """The number as E.164 (`+6281234567890`); None when it is none.

    What a person typed must be a number that is in use somewhere, since a slip means that no receipt arrives. What a
    carrier reported only has to look like one: numbering plans grow faster than tables of them.
    """
    try:
        number = phonenumbers.parse(text.strip()[:40], REGION)
    except phonenumbers.NumberParseException:
        return None
    usable = phonenumbers.is_valid_number(number)
    if by_carrier and not usable:
        long_enough = len(str(number.national_number)) >= _LEAST_CARRIER_DIGITS
        usable = long_enough and phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if usable else None


@dataclass(frozen=True)
class TypedContact:
    """`channel` is `email` or `phone`, `clear` the normal form, `key` what equal contacts have in common."""

    channel: str
    clear: str = field(repr=False)
    key: str

    @property
    def spelling(self) -> str:
        """Of a number what all its spellings have in common; nobody writes an address in two ways but for its case."""
        return self.clear.lower() if self.channel == "email" else self.clear.lstrip("+").removeprefix("62")


@dataclass(frozen=True)
class ContactVault:
    """Seals contacts and gives equal ones equal keys."""

    sealer: Sealer
    hasher: ContactHasher

    def email_key(self, email: str) -> str | None:
        return self.hasher.contact_key("email", email.lower()) if email else None

    def phone_key(self, phone: str) -> str | None:
        return self.hasher.contact_key("phone", phone) if phone else None

    def typed(self, text: str) -> TypedContact:
        """What somebody typed to name a contact. Raises `Refused` (`no_contact`), which quotes the beginning of it."""
        email, phone = normalise_email(text), normalise_phone(text, by_carrier=True)
        for channel, clear, key in (
            ("email", email or "", self.email_key(email or "")),
            ("phone", phone or "", self.phone_key(phone or "")),
        ):
            if key is not None:
                return TypedContact(channel, clear, key)
        raise Refused(f"{text[:_MOST_QUOTED]!r} is neither an e-mail address nor a telephone number", code="no_contact")

    def seal(self, contact: Contact) -> dict[str, Any]:
        """The columns of a contact's row, given a contact in normal form."""
        parts = {"email": contact.email, "phone": contact.phone, "name": contact.name, "reply_to": contact.reply_to}
        sealed = {f"{name}_sealed": self.sealer.seal(value) if value else None for name, value in parts.items()}
        return {**sealed, "email_key": self.email_key(contact.email), "phone_key": self.phone_key(contact.phone)}

    def unseal(self, row: dict[str, Any]) -> dict[str, str | None]:
        """E-mail, phone and name in clear. Raises `Rejected` (`unreadable_seal`) when the keys are gone."""
        return {
            name: self.sealer.unseal(row[f"{name}_sealed"]) if row[f"{name}_sealed"] else None
            for name in ("email", "phone", "name")
        }
