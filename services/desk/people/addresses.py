"""A person's mail address as it is kept. Pure."""

from __future__ import annotations

import re

MOST_SIGNS = 254  # RFC 5321, 4.5.3.1.3
_ADDRESS = re.compile(r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}")


def read_address(typed: str) -> str | None:
    """The address in small letters, without space around it; None when it is none."""
    address = typed.strip().lower()
    return address if len(address) <= MOST_SIGNS and _ADDRESS.fullmatch(address) else None
