"""Masking of contacts and identity numbers in whatever leaves a service."""

from __future__ import annotations

import re

# Source of the shapes: Indonesian mobile numbers begin 08 or +62 8 (10 to 13 digits); NIK and KK numbers have 16.
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_IDENTITY = re.compile(r"(?<!\d)(?:\d[ .-]?){15}\d(?!\d)")
_OWN_ID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # ours; sixteen of their signs in a row may be digits
_IDENTITY_UNLESS_OURS = re.compile(f"({_OWN_ID})|{_IDENTITY.pattern}")
_PHONE = re.compile(r"(?<![\w-])(?:\+?62|0)[ .-]?8(?:[ .-]?\d){7,11}(?!\d)")
_LANDLINE = re.compile(r"(?<![\w-])(?:\+62[ .-]?|0)2\d(?:[ .-]?\d){6,9}(?!\d)")


def mask(text: str) -> str:
    """Replaces mail addresses, phone numbers and 16-digit identity numbers by what they were.

    Free text may still name people: this promises numbers and addresses, not names.
    """
    text = _MAIL.sub("[e-mail]", text)
    text = _IDENTITY_UNLESS_OURS.sub(lambda found: found[1] or "[nomor identitas]", text)
    text = _PHONE.sub("[telepon]", text)
    return _LANDLINE.sub("[telepon]", text)


def find_masked(text: str) -> list[tuple[int, int, str]]:
    """What `mask` would replace, as (start, end, `email` | `identity` | `phone`); of two at one place the first."""
    patterns = (("email", _MAIL), ("identity", _IDENTITY), ("phone", _PHONE), ("phone", _LANDLINE))
    return [(*found.span(), what) for what, pattern in patterns for found in pattern.finditer(text)]
