"""Passwords: hashed with Argon2id, compared in a time that tells nothing about whether the account exists."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from shared.sentences import sentence

LEAST_SIGNS = 12
MOST_SIGNS = 200


def problem_of(password: str) -> str:
    """Why this cannot be somebody's password, as a sentence; empty when it can."""
    if LEAST_SIGNS <= len(password) <= MOST_SIGNS:
        return ""
    return sentence("Sandi harus %(least)s sampai %(most)s huruf.", least=LEAST_SIGNS, most=MOST_SIGNS)


class Passwords:
    """Safe to share between threads. The cost is OWASP's minimum for Argon2id: 19 MiB, two passes."""

    def __init__(self, *, passes: int = 2, kibibytes: int = 19_456) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=kibibytes, parallelism=1)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def fits(self, password: str, password_hash: str | None) -> bool:
        """Without a hash (no such account) it works as long and says False."""
        try:
            fits = self._hasher.verify(password_hash or self._nobody, password[:MOST_SIGNS])
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
        return fits and password_hash is not None
