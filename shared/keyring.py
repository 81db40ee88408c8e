"""A secret as it is written: one value, or several with commas between. The first is used, all of them are accepted.

So a secret is exchanged while everything runs: the new value is first accepted everywhere, then used, and the old one
goes when nobody shows it any more (docs/rotation.md). A value has no comma in it.
"""

from __future__ import annotations

import hmac


def values_of(secret: str) -> tuple[str, ...]:
    """The one that is used first."""
    return tuple(value.strip() for value in secret.split(",") if value.strip())


def used_of(secret: str) -> str:
    """What to show and to sign with; empty when there is none."""
    return next(iter(values_of(secret)), "")


def accepts(secret: str, shown: str) -> bool:
    """Whether that is one of the values. How long it takes does not tell how much of it is right."""
    given = shown.encode("utf-8", "replace")
    fits = [hmac.compare_digest(given, value.encode()) for value in values_of(secret)]
    return any(fits)


def for_signing(secret: str) -> list[str]:
    """As itsdangerous wants its keys: the last one signs, all of them verify."""
    return list(reversed(values_of(secret)))
