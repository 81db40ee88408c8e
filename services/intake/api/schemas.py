"""What goes into the JSON API and comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_dump, validate

from services.intake.submission import (
    DEFAULT_IDENTITY,
    DEFAULT_KIND,
    MOST_DETAIL_CHARACTERS,
    MOST_NAME_CHARACTERS,
    MOST_TEXT_CHARACTERS,
)
from shared.contracts.fields import IDENTITIES, KINDS

MOST_KEY_CHARACTERS = 200
ADDITION_KINDS = ("addition", "not_solved")
_ERRORS: Any = {
    "required": "Isian ini wajib.",
    "null": "Isian ini tidak boleh kosong (null).",
    "invalid": "Isian ini harus berupa teks.",
    "invalid_utf8": "Isian ini bukan teks UTF-8.",
    "type": "Isian ini harus berupa objek JSON.",
    "unknown": "Isian ini tidak dikenal.",
}


VISIBLE = r"[!-~\u00a1-\u00ac\u00ae-\u05ff\u0620-\u06dc\u0900-\u17b3\u1e00-\u1fff\u3041-\ud7ff]"
"""At least one sign that can be seen, as a pattern that every dialect of regular expressions understands."""

EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$"
)
SYSTEM_NAME, SYSTEM_NUMBER = r"[A-Za-z][A-Za-z0-9_.-]{0,29}", r"[!-~]{1,64}"
MOST_REFERENCES = 10
MOBILE = r"^(\+62|0)8[1-35-9][0-9]{7,10}$"


def _string(**metadata: Any) -> fields.String:
    return fields.String(error_messages=_ERRORS, load_default=None, allow_none=True, metadata=metadata)


def _word(words: Sequence[str], default: str) -> fields.String:
    """Described here; whether it is one of the words is judged, and said, as for every channel."""
    return _string(enum=[*words, None], default=default)


def _or_none(validator: validate.Validator) -> Callable[[Any], Any]:
    return lambda value: None if value is None else validator(value)


class _Input(Schema):
    error_messages = _ERRORS


class ContactInput(_Input):
    """All parts may be left out. What cannot be used is refused, with a sentence for each field."""

    email = _string(example="warga@contoh.id", pattern=EMAIL, maxLength=254)
    phone = _string(
        example="081234567890",
        pattern=MOBILE,
        description="An Indonesian mobile number. Other numbers that are in use, and blanks in them, are taken too.",
    )
    name = _string(example="Siti", maxLength=MOST_NAME_CHARACTERS)


class PlaceInput(_Input):
    """What names the place; kecamatan and kelurahan in the city's spelling or a usual one."""

    kecamatan = _string(example="Cimahi Selatan")
    kelurahan = _string(example="Cibeber")
    detail = _string(example="Jl. Mawar, depan SD 2", maxLength=MOST_DETAIL_CHARACTERS)
    latitude = fields.Float(
        load_default=None, allow_none=True, allow_nan=False, validate=validate.Range(-90, 90),
        metadata={"description": "Degrees, WGS 84; together with longitude", "example": -6.8841},
    )  # fmt: skip
    longitude = fields.Float(
        load_default=None, allow_none=True, allow_nan=False, validate=validate.Range(-180, 180),
        metadata={"description": "Degrees, WGS 84; together with latitude", "example": 107.5412},
    )  # fmt: skip


class ComplaintInput(_Input):
    text = fields.String(
        required=True,
        error_messages=_ERRORS,
        metadata={
            "description": f"1 to {MOST_TEXT_CHARACTERS} characters, one of which can be seen",
            "example": "Lampu jalan padam tiga malam.",
            "pattern": VISIBLE,
            "maxLength": MOST_TEXT_CHARACTERS,
        },
    )
    contact = fields.Nested(ContactInput, error_messages=_ERRORS, load_default=None, allow_none=True)
    place = fields.Nested(PlaceInput, error_messages=_ERRORS, load_default=None, allow_none=True)
    kind = _word(KINDS, DEFAULT_KIND)
    identity = _word(IDENTITIES, DEFAULT_IDENTITY)
    channel = fields.String(
        error_messages=_ERRORS,
        load_default=None,
        allow_none=True,
        validate=_or_none(validate.Regexp(r"[a-z][a-z0-9_]{1,18}\Z", error="Huruf kecil dan angka, paling banyak 19.")),
        metadata={
            "description": "By which channel it reached a partner (counter, phone, wa …); needs a key",
            "pattern": "^[a-z][a-z0-9_]{1,18}$",
        },
    )
    external_refs = fields.Dict(
        keys=fields.String(validate=validate.Regexp(SYSTEM_NAME + r"\Z")),
        values=fields.String(validate=validate.Regexp(SYSTEM_NUMBER + r"\Z")),
        error_messages=_ERRORS,
        load_default=None,
        allow_none=True,
        validate=_or_none(validate.Length(max=MOST_REFERENCES)),
        metadata={
            "description": "What other systems call it; nothing personal; needs a key",
            "example": {"sp4n": "9165816"},
        },
    )


class AdditionInput(_Input):
    text = _string(
        description=f"At most {MOST_TEXT_CHARACTERS} characters", example="Sekarang dua lampu yang padam.",
    )  # fmt: skip
    what = fields.String(
        load_default="addition",
        error_messages=_ERRORS,
        validate=validate.OneOf(ADDITION_KINDS, error="Pilih addition atau not_solved."),
        metadata={"description": "`not_solved`: the matter is not solved yet; it needs no text"},
    )


class IdempotencyInput(Schema):
    class Meta:
        unknown = EXCLUDE

    key = fields.String(
        data_key="Idempotency-Key",
        load_default="",
        validate=validate.Length(max=MOST_KEY_CHARACTERS, error="Kunci ini terlalu panjang."),
        metadata={"description": "The same key with the same content is answered as before, and stored once."},
    )


class TrackingInput(Schema):
    class Meta:
        unknown = EXCLUDE

    code = fields.String(data_key="X-Tracking-Code", load_default="", metadata={"description": "From the receipt."})


class AcceptedOutput(Schema):
    ticket = fields.String(required=True, metadata={"example": "CMH-4K7M-92RX"})
    tracking_code = fields.String(required=True, metadata={"description": "Secret; read the state with it."})
    status_url = fields.URL(required=True, metadata={"description": "The tracking page for the citizen."})
    received_at = fields.AwareDateTime(required=True, format="iso")


class AddedOutput(Schema):
    ticket = fields.String(required=True)
    number = fields.Integer(required=True, metadata={"description": "Of the additions to this complaint, from 1."})
    added_at = fields.AwareDateTime(required=True, format="iso")


class EntryOutput(Schema):
    at = fields.AwareDateTime(required=True, format="iso")
    event = fields.String(required=True)
    note = fields.String(
        required=True,
        attribute="told",
        metadata={"description": "A sentence; of an answer, to whoever has the code, what the agency wrote as well"},
    )


class QuestionOutput(Schema):
    text = fields.String(required=True, metadata={"description": "What the city asks the citizen, in Indonesian."})
    asked_at = fields.AwareDateTime(required=True, format="iso")
    until = fields.AwareDateTime(
        required=True, format="iso", metadata={"description": "Without an answer it then counts as withdrawn."}
    )


class StatusOutput(Schema):
    ticket = fields.String(required=True)
    status = fields.String(
        required=True,
        metadata={
            "description": (
                "received, triage, routed, referred, in_progress, waiting, answered, closed, archived, withdrawn, "
                "merged, lapsed; more may come"
            )
        },
    )
    agency = fields.String(required=True, allow_none=True)
    timeline = fields.List(fields.Nested(EntryOutput), required=True)
    question = fields.Nested(
        QuestionOutput,
        allow_none=True,
        metadata={"description": "What waits for an answer, to whoever has the code; an addition is the answer."},
    )

    @post_dump
    def leave_out(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Without a question there is no such field."""
        return {name: value for name, value in data.items() if name != "question" or value is not None}
