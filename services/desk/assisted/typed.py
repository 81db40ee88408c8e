"""The form of an entered complaint as it stands: what was typed, and the photos that intake has kept. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.desk.people.person import Person
from shared.contracts.fields import ASSISTED_CHANNELS

TEXTS = (
    "text", "kelurahan", "detail", "position", "channel", "office", "kind", "identity", "name", "phone", "email",
    "sp4n", "received_at", "happened_on", "key",
)  # fmt: skip
RARE = ("kind", "position", "received_at", "happened_on", "photos")
"""Fields that few complaints need: they are folded away until one of them has something in it or wrong with it."""
MOST_PHOTOS = 5
MOST_PHOTO_BYTES = 10_000_000
MOST_FIELD_CHARACTERS = 300_000
"""Of one field; what is longer than intake takes is refused there, with all of it still in the form."""

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Typed:
    """`photos` are the tokens by which intake knows what it has kept."""

    fields: Mapping[str, str]
    photos: tuple[str, ...] = ()

    @staticmethod
    def new(channel: str, office: str) -> Typed:
        given = {"channel": channel, "office": office, "kind": "pengaduan", "identity": "anonymous"}
        return Typed({**dict.fromkeys(TEXTS, ""), **given}).with_key()

    @staticmethod
    def read(form: Mapping[str, str], photos: Sequence[str], dropped: Sequence[str]) -> Typed:
        """`dropped` are numbers of photos, from 1, that are to go."""
        fields = {name: form.get(name, "").replace("\r\n", "\n")[:MOST_FIELD_CHARACTERS] for name in TEXTS}
        kept = [token for number, token in enumerate(photos, 1) if str(number) not in dropped]
        return Typed(fields, tuple(dict.fromkeys(kept))[:MOST_PHOTOS]).with_key()

    def with_key(self) -> Typed:
        """Unchanged when it has one: by its key a form that is sent twice is one complaint."""
        if _KEY.fullmatch(self.fields["key"]):
            return self
        return replace(self, fields={**self.fields, "key": secrets.token_urlsafe(18)})

    @property
    def has_rare(self) -> bool:
        return self.fields["kind"] != "pengaduan" or bool(self.photos) or any(
            self.fields[name] for name in RARE if name in TEXTS and name != "kind"
        )  # fmt: skip

    def body(self, person: Person, zone: ZoneInfo, *, join: str, separate: bool) -> dict[str, Any]:
        """As intake's internal API takes it. No language: the officer's page says nothing about the citizen's."""
        fields = self.fields
        return {
            **{name: fields[name] for name in ("text", "channel", "office", "kind", "identity", "happened_on")},
            "place": {name: fields[name] for name in ("kelurahan", "detail", "position")},
            "contact": {name: fields[name] for name in ("name", "phone", "email")},
            "external_refs": {"sp4n": fields["sp4n"]},
            "received_at": _with_zone(fields["received_at"], zone),
            "entered_by": {
                "login": person.login, "name": person.name, "role": person.role, "agency": person.agency or "",
            },
            "idempotency_key": fields["key"],
            "photos": list(self.photos),
            "join": join,
            "separate": separate,
        }  # fmt: skip


def usual_channel(remembered: str) -> str:
    return remembered if remembered in ASSISTED_CHANNELS else ASSISTED_CHANNELS[0]


def _with_zone(text: str, zone: ZoneInfo) -> str:
    """A browser writes a time without its zone: it is the city's. What is no time goes on as it is, to be refused."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return text.strip()
    return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()
