"""Values and schema parts that several events share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

KINDS = ("pengaduan", "aspirasi", "permintaan_informasi")
"""The kinds of the national system SP4N-LAPOR!: complaint, proposal, request for information."""

IDENTITIES = ("anonymous", "open", "confidential")
"""Who may learn who complained; `anonymous` is the default on every channel."""


@dataclass(frozen=True)
class Place:
    """Where it is. All parts may be unknown; `detail` is what the citizen wrote about the spot."""

    kecamatan: str | None = None
    kelurahan: str | None = None
    detail: str | None = None


class Part(Schema):
    """A part of an event: unknown fields in it are tolerated, as in the event itself."""

    class Meta:
        unknown = EXCLUDE


class PlaceSchema(Part):
    kecamatan = fields.Str(allow_none=True, load_default=None, validate=validate.Length(max=100))
    kelurahan = fields.Str(allow_none=True, load_default=None, validate=validate.Length(max=100))
    detail = fields.Str(allow_none=True, load_default=None, validate=validate.Length(max=500))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Place:
        return Place(**data)


class SealedField(fields.Field[Any]):
    """On the wire `{"sealed": TOKEN}`; the envelope's codec seals and unseals around the schema."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return value
        raise self.make_error("validator_failed")


def sealed() -> Any:
    return SealedField(required=True)


def code() -> Any:
    """A short machine word: an agency's code, a channel, a reason."""
    return fields.Str(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_.:-]{1,64}$"))


def optional_code() -> Any:
    return fields.Str(allow_none=True, load_default=None, validate=validate.Regexp(r"^[A-Za-z0-9_.:-]{1,64}$"))


def moment() -> Any:
    """An instant with its offset, ISO 8601."""
    return fields.AwareDateTime(required=True, format="iso")


def place() -> Any:
    return fields.Nested(PlaceSchema, load_default=Place)


def external_refs() -> Any:
    """Numbers of other systems, for instance `{"sp4n": "9165816"}`."""
    return fields.Dict(keys=fields.Str(), values=fields.Str(), load_default=dict)
