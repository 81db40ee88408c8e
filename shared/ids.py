"""Identifiers: internal ids, public tickets, tracking codes.

A *ticket* is public: printed, typed, dictated over a telephone. Its alphabet has 19 signs (ten digits and nine letters
whose Indonesian names sound apart); 19 is prime, so that the weighted check sign finds every wrong sign and every
swap of two neighbours. Seven random signs make it impossible to count complaints or to guess the next one.
A *tracking code* is the secret beside the ticket. A *complaint id* is internal and sorts by time.
"""

from __future__ import annotations

import os
import secrets
import time

ALPHABET = "0123456789AJKMRUWXZ"
_VALUE = {sign: value for value, sign in enumerate(ALPHABET)}
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "Q": "0", "N": "M"})
_RANDOM_SIGNS = 7
_CODE_SIGNS = 10


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): unique everywhere, ascending in time, so that indexes stay compact."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= ((random_bits >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random_bits & ((1 << 62) - 1)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_ticket(prefix: str) -> str:
    """For instance `CMH-4K7M-92RX`: prefix of the city, seven random signs, one check sign."""
    body = _random_signs(_RANDOM_SIGNS)
    return _grouped(prefix, body + _check_sign(body))


def read_ticket(text: str, prefix: str) -> str | None:
    """The ticket that a person typed (any case, spaces, O for 0, without prefix), or None when it cannot be one."""
    signs = "".join(text.upper().split()).replace("-", "").replace(".", "")
    plain_prefix = prefix.upper()
    if len(signs) == len(plain_prefix) + _RANDOM_SIGNS + 1 and signs.startswith(plain_prefix):
        signs = signs[len(plain_prefix) :]
    signs = signs.translate(_MISREAD)
    if len(signs) != _RANDOM_SIGNS + 1 or any(sign not in _VALUE for sign in signs):
        return None
    if _check_sign(signs[:-1]) != signs[-1]:
        return None
    return _grouped(prefix, signs)


def new_tracking_code() -> str:
    """Ten random signs (42 bits) in two groups; a secret, to be stored sealed and compared in constant time."""
    signs = _random_signs(_CODE_SIGNS)
    return f"{signs[:5]}-{signs[5:]}"


def read_tracking_code(text: str) -> str:
    """What a person typed, in the form in which codes are compared. Never fails; a wrong code stays wrong."""
    signs = "".join(text.upper().split()).replace("-", "").translate(_MISREAD)[: _CODE_SIGNS + 1]
    return f"{signs[:5]}-{signs[5:]}"


def _random_signs(number: int) -> str:
    value = secrets.randbelow(len(ALPHABET) ** number)  # one question to the system instead of one for each sign
    signs = []
    for _ in range(number):
        value, sign = divmod(value, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def _grouped(prefix: str, signs: str) -> str:
    return f"{prefix}-{signs[:4]}-{signs[4:]}"


def _check_sign(body: str) -> str:
    total = sum((position + 2) * _VALUE[sign] for position, sign in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]
