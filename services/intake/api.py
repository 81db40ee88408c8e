"""The JSON API, described in `/openapi.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, request
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from services.intake.accept import Door
from services.intake.pages import Pages
from services.intake.submission import DEFAULT_IDENTITY, DEFAULT_KIND, MOST_TEXT_CHARACTERS, Contact, Submission
from services.intake.text import clean_line
from services.intake.tracking import Tracked, Tracking
from shared.contracts.fields import IDENTITIES, KINDS, Place
from shared.errors import Refused

CHANNEL = "api"
_MOST_KEY_CHARACTERS = 200
_PROBLEM = "application/problem+json"
_ERRORS: Any = {
    "required": "Isian ini wajib.",
    "null": "Isian ini tidak boleh kosong (null).",
    "invalid": "Isian ini harus berupa teks.",
    "invalid_utf8": "Isian ini bukan teks UTF-8.",
    "type": "Isian ini harus berupa objek JSON.",
    "unknown": "Isian ini tidak dikenal.",
}


def _string(**metadata: Any) -> fields.String:
    return fields.String(error_messages=_ERRORS, load_default=None, allow_none=True, metadata=metadata)


class _Input(Schema):
    error_messages = _ERRORS


class ContactInput(_Input):
    email = _string(example="warga@contoh.id")
    phone = _string(example="0812 3456 7890")
    name = _string(example="Siti")


class PlaceInput(_Input):
    kecamatan = _string(example="Cimahi Selatan")
    kelurahan = _string(example="Cibeber")
    detail = _string(example="Jl. Mawar, depan SD 2")


class ComplaintInput(_Input):
    text = fields.String(
        required=True,
        error_messages=_ERRORS,
        metadata={"description": f"1 to {MOST_TEXT_CHARACTERS} characters", "example": "Lampu jalan padam tiga malam."},
    )
    contact = fields.Nested(ContactInput, error_messages=_ERRORS, load_default=None, allow_none=True)
    place = fields.Nested(PlaceInput, error_messages=_ERRORS, load_default=None, allow_none=True)
    kind = _string(enum=list(KINDS), default=DEFAULT_KIND)
    identity = _string(enum=list(IDENTITIES), default=DEFAULT_IDENTITY)


class IdempotencyInput(Schema):
    class Meta:
        unknown = EXCLUDE

    key = fields.String(
        data_key="Idempotency-Key",
        load_default="",
        validate=validate.Length(max=_MOST_KEY_CHARACTERS, error="Kunci ini terlalu panjang."),
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


class EntryOutput(Schema):
    at = fields.AwareDateTime(required=True, format="iso")
    event = fields.String(required=True)
    note = fields.String(required=True)


class StatusOutput(Schema):
    ticket = fields.String(required=True)
    status = fields.String(required=True, metadata={"description": "received, routed, triage; further words may come"})
    agency = fields.String(required=True, allow_none=True)
    timeline = fields.List(fields.Nested(EntryOutput), required=True)


class ProblemOutput(Schema):
    """RFC 9457. `code` is stable, `detail` and the sentences in `fields` are for people."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True)
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")


class PlainParser(FlaskParser):
    """Says what is wrong with a body in plain sentences, one for each field; no body makes it fail otherwise."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        if not req.is_json:
            raise Refused("Kirim isi sebagai JSON (Content-Type: application/json).", code="not_json", status=415)
        try:
            return json.loads(req.get_data().decode("utf-8"))
        except (ValueError, RecursionError):  # no UTF-8, no JSON, numbers or nesting beyond measure
            raise Refused("Isi kiriman bukan JSON yang dapat dibaca.", code="malformed_json", status=400) from None

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> Any:
        sentences = dict(_flat(error.messages))
        raise Refused("Isian belum dapat diterima.", code="invalid_fields", fields=sentences) from error


class PlainBlueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = PlainParser()


class PlainApi(Api):  # type: ignore[misc]
    """Errors are answered by shared/web/errors.py like everywhere else."""

    ERROR_SCHEMA = ProblemOutput
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leaves the handlers of the application alone."""


@dataclass(frozen=True)
class ApiViews:
    door: Door
    tracking: Tracking
    pages: Pages

    def install(self, app: Flask) -> None:
        app.config.update(
            API_TITLE=f"Tanggap – laporan warga {self.pages.pack.city.name}",
            API_VERSION="v1",
            OPENAPI_VERSION="3.0.3",
            OPENAPI_URL_PREFIX="/",
            OPENAPI_JSON_PATH="openapi.json",
        )
        PlainApi(app).register_blueprint(self._blueprint())

    def _blueprint(self) -> Any:
        blueprint = PlainBlueprint("api", __name__, url_prefix="/api/v1", description="Send and follow complaints")
        location = {"Location": {"schema": {"type": "string"}}}
        _add(
            blueprint, "/complaints", "POST", self.send,
            blueprint.arguments(ComplaintInput()),
            blueprint.arguments(IdempotencyInput(), location="headers"),
            blueprint.response(201, AcceptedOutput(), headers=location),
            *_problems(blueprint, 400, 409, 413, 415, 422, 503),
        )  # fmt: skip
        _add(
            blueprint, "/complaints/<ticket>", "GET", self.show,
            blueprint.arguments(TrackingInput(), location="headers"),
            blueprint.response(200, StatusOutput()),
            *_problems(blueprint, 404, 422, 429, 503),
        )  # fmt: skip
        return blueprint

    def send(self, body: dict[str, Any], headers: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Send a complaint"""
        key = clean_line(str(headers["key"]))
        receipt = self.door.accept(read_body(body, key, size=request.content_length or 0))
        answer = {
            "ticket": receipt.ticket,
            "tracking_code": receipt.tracking_code,
            "status_url": self.pages.tracking_url(receipt.ticket, receipt.tracking_code),
            "received_at": receipt.received_at,
        }
        return answer, 201, {"Location": f"{self.pages.public_url}/api/v1/complaints/{receipt.ticket}"}

    def show(self, headers: dict[str, Any], ticket: str) -> Tracked:
        """Read the state of a complaint. A wrong code and an unknown ticket are answered alike"""
        return self.tracking.look_up(ticket, str(headers["code"]))


def read_body(body: dict[str, Any], key: str, *, size: int) -> Submission:
    """A body that fits the schema, as a submission; the key is the message's id."""
    contact, place = body["contact"] or {}, body["place"] or {}
    return Submission(
        channel=CHANNEL,
        account="v1",
        text=body["text"],
        provider_id=key or None,
        place=Place(place.get("kecamatan") or None, place.get("kelurahan") or None, place.get("detail") or None),
        kind=body["kind"] or DEFAULT_KIND,
        identity=body["identity"] or DEFAULT_IDENTITY,
        contact=Contact(contact.get("email") or "", contact.get("phone") or "", contact.get("name") or ""),
        size=size,
        same_id_same_content=True,
    )


def _add(blueprint: Any, path: str, method: str, view: Callable[..., Any], *decorators: Any) -> None:
    """Registers a view under its decorators, the outermost first."""

    def endpoint(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    endpoint.__name__ = view.__name__
    endpoint.__doc__ = view.__doc__
    for decorate in reversed(decorators):
        endpoint = decorate(endpoint)
    blueprint.route(path, methods=[method])(endpoint)


def _problems(blueprint: Any, *statuses: int) -> list[Any]:
    return [blueprint.alt_response(status, schema=ProblemOutput, content_type=_PROBLEM) for status in statuses]


def _flat(messages: Any, prefix: str = "") -> list[tuple[str, str]]:
    """marshmallow's nested messages as pairs of `contact.email` and sentence."""
    if not isinstance(messages, dict):
        sentence = " ".join(str(message) for message in messages) if isinstance(messages, list) else str(messages)
        return [(prefix or "body", sentence)]
    pairs: list[tuple[str, str]] = []
    for name, inner in messages.items():
        is_layer = name == "_schema" or (not prefix and name in ("json", "headers"))
        shown = clean_line(str(name))[:60]  # an unknown field's name is the sender's: it may hold anything
        pairs += _flat(inner, prefix if is_layer else f"{prefix}.{shown}".strip("."))
    return pairs
