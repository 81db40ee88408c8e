"""The word of `tanggap reseal` that nothing is sealed with an old key any more, for whoever retires that key.

The two work in different places: the one reaches the databases, the other the folder of secrets. Only who holds the
keys can make the proof, and it is good for an hour, since a process that still uses the old key could seal with it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from shared.errors import ConfigError

GOOD_FOR_SECONDS = 3600
_SIGNS = 24


def proof_of(name: str, keys: Sequence[str], now: datetime) -> str:
    """That of these keys, the one that is used first, only the first seals anything."""
    at = int(now.timestamp())
    return f"{at:x}-{_mac(name, keys, at)}"


def check_proof(shown: str, name: str, keys: Sequence[str], now: datetime) -> None:
    """Raises `ConfigError` that says what to do."""
    at, _, mac = shown.strip().partition("-")
    do = f"run `tanggap reseal {name}` and give what it prints as --resealed"
    if not shown:
        raise ConfigError(f"{name}: whether the old value still seals something is not known; {do}")
    try:
        made = int(at, 16)
    except ValueError:
        raise ConfigError(f"{name}: that is no proof; {do}") from None
    if not hmac.compare_digest(mac.encode(), _mac(name, keys, made).encode()):
        raise ConfigError(f"{name}: that proof is of other keys; {do}")
    if not 0 <= now.timestamp() - made <= GOOD_FOR_SECONDS:
        raise ConfigError(f"{name}: that proof is older than an hour; {do}")


def _mac(name: str, keys: Sequence[str], at: int) -> str:
    said = "\0".join(["resealed", name, str(at), *keys])
    return hmac.new("\0".join(keys).encode(), said.encode(), hashlib.sha256).hexdigest()[:_SIGNS]
