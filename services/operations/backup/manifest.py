"""What an archive says of itself, and whether it can be used here. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

FORMAT = 1
SQLITE, POSTGRES = "sqlite", "postgresql"
CONTENT, CONTACT, PEPPER = "content_keys", "contact_keys", "contact_pepper"
_SIGNING, _NAMING = b"tanggap backup: signature", b"tanggap backup: which key"
_NAME_SIGNS = 16


class Unreadable(ValueError):
    """A manifest that says less than it must."""


@dataclass(frozen=True)
class Part:
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`schemas` and `counts` are by service; `keys` are names of keys, from which no key can be found."""

    created_at: datetime
    product: str
    database: str
    city: str
    city_code: str
    pack: str
    schemas: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    keys: Mapping[str, Sequence[str]]
    parts: Sequence[Part]
    format: int = FORMAT
    signature: str = field(default="", compare=False)

    def part_names(self) -> set[str]:
        return {part.name for part in self.parts}

    def count(self, owner: str, table: str) -> int:
        return self.counts.get(owner, {}).get(table, 0)


def key_name(key: str) -> str:
    """The same for the same key, and of no use to whoever wants the key."""
    return hmac.new(key.encode(), _NAMING, hashlib.sha256).hexdigest()[:_NAME_SIGNS]


def sign(manifest: Manifest, key: str) -> str:
    """Whoever lacks the key cannot make an archive that is taken for one of ours."""
    secret = hmac.new(key.encode(), _SIGNING, hashlib.sha256).digest()
    return hmac.new(secret, _text(manifest).encode(), hashlib.sha256).hexdigest()


def is_signed(manifest: Manifest, keys: Sequence[str]) -> bool:
    return any(hmac.compare_digest(sign(manifest, key), manifest.signature) for key in keys)


def write(manifest: Manifest, key: str) -> bytes:
    document = {**json.loads(_text(manifest)), "signature": sign(manifest, key)}
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def read(content: bytes) -> Manifest:
    """Raises `Unreadable`."""
    try:
        raw: dict[str, Any] = json.loads(content)
        if raw["format"] != FORMAT:
            raise Unreadable(f"its format is {raw['format']}, this program knows {FORMAT}")
        parts = tuple(Part(str(one["name"]), int(one["bytes"]), str(one["sha256"])) for one in raw.pop("parts"))
        return Manifest(**{**raw, "created_at": datetime.fromisoformat(raw["created_at"]), "parts": parts})
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(str(error) or type(error).__name__) from error


def misfits(
    manifest: Manifest,
    *,
    database: str,
    city: tuple[str, str],
    known_schemas: Mapping[str, frozenset[str]],
    keys: Mapping[str, Sequence[str]],
    without_keys: bool = False,
) -> list[str]:
    """Why the archive cannot be restored here, each reason a sentence; empty when it can."""
    found = []
    if manifest.database != database:
        found.append(f"it holds {manifest.database} databases, and here are {database} ones")
    if manifest.city_code != city[1]:
        found.append(f"it is of {manifest.city} ({manifest.city_code}), and the pack here is of {city[0]} ({city[1]})")
    for owner, known in known_schemas.items():
        revision = manifest.schemas.get(owner, "")
        if revision not in known:
            found.append(
                f"the schema of {owner} is {revision or 'missing'}, which this program does not know: "
                f"it was made by version {manifest.product}; restore with that or a newer one"
            )
    if not without_keys:
        found += _missing_keys(manifest, keys)
        if not found and not is_signed(manifest, keys.get(CONTENT, ())):
            found.append("its manifest was changed after it was made, or made by somebody without the keys")
    return found


def _missing_keys(manifest: Manifest, keys: Mapping[str, Sequence[str]]) -> list[str]:
    found = []
    for kind in (CONTENT, CONTACT, PEPPER):
        needed = manifest.keys.get(kind, ())
        here = {key_name(key) for key in keys.get(kind, ())}
        missing = [name for name in needed if name not in here]
        if missing:
            found.append(
                f"{len(missing)} of its {len(needed)} {kind} is not among those here ({len(here)}): "
                f"put the {kind} of that time in place"
            )
    return found


def _text(manifest: Manifest) -> str:
    document = {**asdict(manifest), "created_at": manifest.created_at.isoformat()}
    document.pop("signature")
    return json.dumps(document, sort_keys=True, ensure_ascii=False)
