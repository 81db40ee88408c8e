"""Marks by which an answer finds its complaint again: in the Message-ID of our mails and in the address for replies.

A mark names the ticket and whom the mail went to, and is signed: nobody who knows a ticket can make one. It survives
programs that write addresses in lower case. What it proves is that its bearer has seen a mail of ours, not who he is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

CITIZEN, AGENCY = "c", "a"
_SIGNATURE_SIGNS = 16
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MESSAGE_ID = re.compile(rf"<?({_ID})\.([a-z0-9-]{{3,32}})\.([ca])\.([a-z2-7]{{16}})@[^<>@\s]+>?")
_TAG = re.compile(r"([a-z0-9-]{3,32})\.([ca])\.([a-z2-7]{16})")


@dataclass(frozen=True)
class Mark:
    """`delivery_id` is None when it was read from an address. `party` is `CITIZEN` or `AGENCY`."""

    ticket: str
    party: str
    delivery_id: str | None = None


@dataclass(frozen=True)
class ReplyMarks:
    """`keys`: the first one signs, all of them verify."""

    keys: Sequence[str]

    def message_id(self, mark: Mark, domain: str) -> str:
        """With its angle brackets. Raises `ValueError` without a delivery's id."""
        if mark.delivery_id is None:
            raise ValueError("a Message-ID names a delivery")
        ticket = mark.ticket.lower()
        signature = self._signatures(mark.delivery_id, ticket, mark.party)[0]
        return f"<{mark.delivery_id}.{ticket}.{mark.party}.{signature}@{domain}>"

    def address(self, base: str, mark: Mark) -> str:
        """`lapor@x` becomes `lapor+cmh-1234-567a.c.abcdefghijklmnop@x`."""
        local, _, domain = base.partition("@")
        ticket = mark.ticket.lower()
        return f"{local}+{ticket}.{mark.party}.{self._signatures('', ticket, mark.party)[0]}@{domain}"

    def read_message_id(self, text: str) -> Mark | None:
        """None for what is not ours or was changed."""
        match = _MESSAGE_ID.fullmatch(text.strip().lower())
        if match is None:
            return None
        delivery_id, ticket, party, signature = match.groups()
        return self._proved(Mark(ticket.upper(), party, delivery_id), signature)

    def read_address(self, address: str) -> Mark | None:
        """The mark in the tag of an address (`lapor+TAG@x`); None for what is not ours or was changed."""
        tag = address.strip().lower().rpartition("@")[0].partition("+")[2]
        match = _TAG.fullmatch(tag)
        if match is None:
            return None
        ticket, party, signature = match.groups()
        return self._proved(Mark(ticket.upper(), party), signature)

    def _proved(self, mark: Mark, signature: str) -> Mark | None:
        right = self._signatures(mark.delivery_id or "", mark.ticket.lower(), mark.party)
        return mark if any(hmac.compare_digest(one, signature) for one in right) else None

    def _signatures(self, delivery_id: str, ticket: str, party: str) -> list[str]:
        said = f"reply mark\0{delivery_id}\0{ticket}\0{party}".encode()
        return [_in_letters(hmac.new(key.encode(), said, hashlib.sha256).digest()) for key in self.keys]


def report_signature(keys: Sequence[str], delivery_id: str) -> str:
    """What a gateway's report about a delivery is called back with, so that nobody else can report."""
    said = f"delivery report\0{delivery_id}".encode()
    return _in_letters(hmac.new(keys[0].encode(), said, hashlib.sha256).digest())


def is_report_signature(keys: Sequence[str], delivery_id: str, signature: str) -> bool:
    shown = signature.lower().encode("utf-8", "replace")
    return any(hmac.compare_digest(report_signature([key], delivery_id).encode(), shown) for key in keys)


def _in_letters(digest: bytes) -> str:
    """Eighty bits in the alphabet of base32, in lower case."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    number = int.from_bytes(digest[:10], "big")
    return "".join(letters[number >> (5 * place) & 31] for place in range(_SIGNATURE_SIGNS))
