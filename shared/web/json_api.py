"""JSON APIs with a document: how a request is read, and what is answered when it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser

from shared.errors import Refused
from shared.sentences import sentence

PROBLEM = "application/problem+json"
NOT_JSON = sentence("Kirim isi sebagai JSON (Content-Type: application/json).")
MALFORMED = sentence("Isi kiriman bukan JSON yang dapat dibaca.")
NOT_TAKEN = sentence("Isian belum dapat diterima.")


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
    """Says what is wrong with a request in plain sentences, one for each field; no body makes it fail otherwise."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        if not req.is_json:
            raise Refused(NOT_JSON, code="not_json", status=415)
        try:
            return json.loads(req.get_data().decode("utf-8"))
        except (ValueError, RecursionError):  # no UTF-8, no JSON, numbers or nesting beyond measure
            raise Refused(MALFORMED, code="malformed_json", status=400) from None

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> Any:
        raise Refused(NOT_TAKEN, code="invalid_fields", fields=dict(_flat(error.messages))) from error


class PlainBlueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = PlainParser()


class PlainApi(Api):  # type: ignore[misc]
    """Errors are answered by shared/web/errors.py like everywhere else."""

    ERROR_SCHEMA = ProblemOutput
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leaves the handlers of the application alone."""


def add_view(blueprint: Any, path: str, method: str, view: Callable[..., Any], *decorators: Any) -> None:
    """Registers a view under its decorators, the outermost first."""

    def endpoint(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    endpoint.__name__ = view.__name__
    endpoint.__doc__ = view.__doc__
    for decorate in reversed(decorators):
        endpoint = decorate(endpoint)
    blueprint.route(path, methods=[method])(endpoint)


def problems(blueprint: Any, *statuses: int) -> list[Any]:
    """One decorator for all: smorest copies whatever a view has gathered so far for each."""
    told = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    responses = {str(status): {"description": HTTPStatus(status).phrase, **told} for status in statuses}
    return [blueprint.doc(responses=responses)]


def _flat(messages: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """marshmallow's nested messages as pairs of a field and its sentence."""
    if not isinstance(messages, dict):
        told = " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)
        yield (prefix or "body", told)
        return
    for name, inner in messages.items():
        is_layer = name == "_schema" or (not prefix and name in ("json", "headers", "query"))
        words = "".join(sign if sign.isprintable() else " " for sign in str(name)).split()
        shown = " ".join(words)[:60]  # an unknown field's name is the sender's: it may hold anything
        yield from _flat(inner, prefix if is_layer else f"{prefix}.{shown}".strip("."))
