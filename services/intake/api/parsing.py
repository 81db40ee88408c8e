"""How a request's body is read, and what is answered when it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from services.intake.api.schemas import ProblemOutput
from services.intake.text import clean_line
from shared.errors import Refused

_PROBLEM = "application/problem+json"


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
    told = {"content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    responses = {str(status): {"description": HTTPStatus(status).phrase, **told} for status in statuses}
    return [blueprint.doc(responses=responses)]


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
