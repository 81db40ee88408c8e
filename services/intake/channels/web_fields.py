"""What a browser sends of the form: its fields as they were typed, and the photos that were kept already."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict

from services.intake.submission import DEFAULT_IDENTITY, DEFAULT_KIND, Contact, KeptPhoto, Submission
from shared.contracts.fields import Place
from shared.keyring import for_signing
from shared.sentences import sentence

CHANNEL = "web"
MOST_PHOTOS = 5
FIELDS = (
    "text", "kelurahan", "detail", "latitude", "longitude", "position", "kind", "identity", "email", "phone", "name",
    "nonce", "opened",
)  # fmt: skip
TOO_MANY_PHOTOS = sentence("Paling banyak %(most)s foto. Hapus sebagian, lalu tambahkan lagi.", most=MOST_PHOTOS)
_MOST_NONCE_CHARACTERS = 64
_PHOTO_SECONDS = 2 * 24 * 3600
_NO_POSITION = "none"


class Kept(Protocol):
    @property
    def kept(self) -> tuple[KeptPhoto, ...]: ...
    @property
    def refused(self) -> tuple[str, ...]: ...


class Photos(Protocol):
    """Keeps photos and says for each that it did not keep why. Raises `Transient`."""

    def keep(self, contents: Sequence[bytes]) -> Kept: ...


@dataclass(frozen=True)
class PhotoTokens:
    """A kept photo as a text that a browser carries back: signed, so that nobody names a photo of somebody else."""

    key: str

    def give(self, photo: KeptPhoto) -> str:
        return self._tokens().dumps(asdict(photo))

    def read(self, tokens: Sequence[str]) -> tuple[KeptPhoto, ...]:
        """Those that are ours and not too old; each photo once."""
        photos: dict[str, KeptPhoto] = {}
        for token in tokens[: 4 * MOST_PHOTOS]:
            try:
                photo = KeptPhoto(**self._tokens().loads(token, max_age=_PHOTO_SECONDS))
            except (BadSignature, TypeError):
                continue
            photos[photo.sha256] = photo
        return tuple(photos.values())

    def _tokens(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(for_signing(self.key), salt="kept photo")


@dataclass(frozen=True)
class Typed:
    """The form as it stands: what was typed, unchecked, and the photos that are kept on our side."""

    fields: Mapping[str, str]
    photos: tuple[KeptPhoto, ...] = ()

    @staticmethod
    def new(opened: str) -> Typed:
        return Typed(
            {**dict.fromkeys(FIELDS, ""), "kind": DEFAULT_KIND, "identity": DEFAULT_IDENTITY, "opened": opened}
        ).with_nonce()

    @staticmethod
    def read(form: MultiDict[str, str], tokens: PhotoTokens) -> Typed:
        dropped = set(form.getlist("drop_photo"))
        photos = tuple(photo for photo in tokens.read(form.getlist("photo")) if photo.sha256 not in dropped)
        return Typed({name: form.get(name, "") for name in FIELDS}, photos[:MOST_PHOTOS])

    def with_nonce(self) -> Typed:
        """Unchanged when it has one: the nonce is the message's id, a double click is one complaint."""
        if self.fields["nonce"]:
            return self
        return replace(self, fields={**self.fields, "nonce": secrets.token_urlsafe(18)})

    def with_photos(self, more: Sequence[KeptPhoto]) -> Typed:
        together = {photo.sha256: photo for photo in (*self.photos, *more)}
        return replace(self, photos=tuple(together.values())[:MOST_PHOTOS])

    def submission(self, joined_to: str | None = None, language: str = "") -> Submission:
        fields = self.fields
        latitude, longitude = self._position()
        place = Place(None, fields["kelurahan"] or None, fields["detail"] or None, latitude, longitude)
        return Submission(
            channel=CHANNEL,
            account="form",
            text=fields["text"],
            provider_id=read_nonce(fields["nonce"]),
            place=place,
            kind=fields["kind"] or DEFAULT_KIND,
            identity=fields["identity"] or DEFAULT_IDENTITY,
            contact=Contact(email=fields["email"], phone=fields["phone"], name=fields["name"]),
            size=sum(len(value) for value in fields.values()),
            photos=self.photos,
            joined_to=joined_to,
            language=language,
        )

    def _position(self) -> tuple[float | None, float | None]:
        """From the phone, else from the first photo that has one, unless the citizen took it away."""
        fields = self.fields
        if fields["position"] == _NO_POSITION:
            return None, None
        latitude, longitude = _degrees(fields["latitude"]), _degrees(fields["longitude"])
        if latitude is not None and longitude is not None:
            return latitude, longitude
        for photo in self.photos:
            if photo.latitude is not None and photo.longitude is not None:
                return photo.latitude, photo.longitude
        return None, None


def read_nonce(nonce: str) -> str | None:
    return nonce if 16 <= len(nonce) <= _MOST_NONCE_CHARACTERS else None


def _degrees(text: str) -> float | None:
    try:
        number = float(text[:30])
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def photo_fields_of(photos: Sequence[KeptPhoto], tokens: PhotoTokens) -> list[dict[str, Any]]:
    """For the template: what stands beside each kept photo."""
    return [
        {
            "token": tokens.give(photo),
            "sha256": photo.sha256,
            "kilobytes": max(1, round(photo.size / 1000)),
            "width": photo.width,
            "height": photo.height,
        }
        for photo in photos
    ]
