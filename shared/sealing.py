"""Sealing at rest and in flight, and equality of contacts without reading them.

Two kinds of keys are in use and never mixed: *contact keys* (intake only, for contacts at rest) and *content keys*
(all services, for the text inside messages; the broker and its dumps never hold them). Keys rotate: the first one
seals, all of them unseal.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.errors import Rejected


class Sealer:
    """Seals and unseals text with rotating keys (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a sealer needs at least one key")
        fernets = [Fernet(_fernet_key(key)) for key in keys]
        self._fernet, self._first = MultiFernet(fernets), fernets[0]

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def unseal(self, token: str) -> str:
        """Raises `Rejected` (code `unreadable_seal`) when no key fits or the token was changed."""
        try:
            return self._fernet.decrypt(token.encode("ascii", "replace")).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise Rejected("no key of this service opens the sealed text", code="unreadable_seal") from None

    def reseal(self, token: str) -> str:
        """The same text sealed with the first key, as of the time when it was; unchanged where that sealed it.

        Raises as `unseal` does.
        """
        sealed = token.encode("ascii", "replace")
        try:
            self._first.decrypt(sealed)
            return token
        except InvalidToken:
            pass
        try:
            return self._fernet.rotate(sealed).decode("ascii")
        except InvalidToken:
            raise Rejected("no key of this service opens the sealed text", code="unreadable_seal") from None


class ContactHasher:
    """Gives two equal contacts the same key without making the contact readable (HMAC-SHA256 with a pepper)."""

    def __init__(self, pepper: str) -> None:
        self._pepper = pepper.encode()

    def contact_key(self, kind: str, normalised: str) -> str:
        return hmac.new(self._pepper, f"{kind}:{normalised}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _fernet_key(key: str) -> bytes:
    """Operators give any text of 32 signs or more; Fernet wants 32 bytes in base64."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())
