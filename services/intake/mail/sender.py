"""Whether a mail came from whom it says: what our own mail server found out by SPF, DKIM and DMARC. Pure.

RFC 8601: only the header that carries the trusted server's name counts, and of those only the topmost; the others may
have been written by the sender.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

VERIFIED, UNVERIFIED = "sender_verified", "sender_unverified"
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)(.*)$", re.IGNORECASE | re.DOTALL)
_DOMAIN = re.compile(
    r"(?:smtp\.mailfrom|smtp\.helo|header\.d|header\.i|header\.from)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)


def read_verification(headers: Sequence[str], server: str, address: str) -> str | None:
    """A flag, or None when the trusted server said nothing (or none is trusted)."""
    said = next((header for header in headers if server and _server_of(header) == server.lower()), None)
    if said is None:
        return None
    domain = address.rpartition("@")[2].lower()
    results = [found for part in _COMMENT.sub(" ", said).split(";")[1:] if (found := _RESULT.match(part))]
    by_method: dict[str, list[tuple[str, str]]] = {}
    for found in results:
        method, result, rest = found.groups()
        by_method.setdefault(method.lower(), []).append((result.lower(), rest))
    if "dmarc" in by_method:
        passed = any(result == "pass" for result, _ in by_method["dmarc"])
        if passed or any(result == "fail" for result, _ in by_method["dmarc"]):
            return VERIFIED if passed and domain else UNVERIFIED
    aligned = any(
        result == "pass" and any(_is_aligned(found, domain) for found in _DOMAIN.findall(rest))
        for method in ("spf", "dkim")
        for result, rest in by_method.get(method, ())
    )
    return VERIFIED if aligned else UNVERIFIED


def _server_of(header: str) -> str:
    first = _COMMENT.sub(" ", header).split(";")[0].strip().lower()
    return first.split()[0] if first else ""


def _is_aligned(found: str, domain: str) -> bool:
    """The same domain, or one below it."""
    found = found.rpartition("@")[2].lower().strip(".")
    return bool(domain) and (found == domain or (domain.endswith(f".{found}") and "." in found))
