"""The number under which a complaint is public. It is no ticket, and tells nobody which ticket it belongs to.

With a ticket a stranger could shut the tracking page of its sender for an hour (by wrong codes), and whoever has seen
the ticket in a letter would know who wrote what is public. So what is public has a number of its own. It follows from
the complaint's internal id, which only services and agencies in charge ever see: every service makes the same number,
also after a restore, and nobody can go back from it.
"""

from __future__ import annotations

import hashlib

from shared.ids import ALPHABET

_SIGNS = 12
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "Q": "0", "N": "M"})


def public_number(complaint_id: str) -> str:
    """For instance `4K7M-92RX-10AJ`: 50 bits, so that a hundred thousand of them practically never meet."""
    value = int.from_bytes(hashlib.sha256(b"tanggap public number:" + complaint_id.encode()).digest(), "big")
    signs = ""
    for _ in range(_SIGNS):
        value, sign = divmod(value, len(ALPHABET))
        signs += ALPHABET[sign]
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def read_public_number(text: str) -> str | None:
    """What a person typed (any case, blanks, O for 0), or None when it cannot be one."""
    signs = "".join(text[:100].upper().split()).replace("-", "").translate(_MISREAD)
    if len(signs) != _SIGNS or any(sign not in ALPHABET for sign in signs):
        return None
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"
