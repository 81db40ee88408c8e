"""The internal API between services: small, JSON, guarded by the service token. A reverse proxy never passes it on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from flask import Blueprint, request

from shared.errors import Refused, Rejected, Transient
from shared.keyring import accepts, used_of
from shared.observability.tracing import current_traceparent


def internal_blueprint(name: str, token: str) -> Blueprint:
    """A blueprint under `/internal` that answers only to whoever shows the service token, or one of several."""
    blueprint = Blueprint(f"{name}_internal", __name__, url_prefix="/internal")

    @blueprint.before_request
    def guard() -> None:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not accepts(token, shown):
            raise Refused("the service token is missing or wrong", code="wrong_service_token", status=401)

    return blueprint


def json_object() -> dict[str, Any]:
    """The body of the request that is being answered. Raises `Refused` when it is no JSON object."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # lists in lists in lists
        body = None
    if not isinstance(body, dict):
        raise Refused("the body must be a JSON object", code="malformed_json", status=400)
    return body


class SaidNo(Rejected):
    """The other service refused, in its own words; `fields` maps a field of what it was sent to its sentence."""

    def __init__(self, message: str, *, code: str, fields: dict[str, str]) -> None:
        super().__init__(message, code=code)
        self.fields = fields


def _said_no(url: str, response: requests.Response) -> Rejected:
    """With the other service's own code and words, where it gave some."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and isinstance(problem.get("code"), str):
        fields = problem.get("fields")
        told = {str(name): str(said) for name, said in fields.items()} if isinstance(fields, dict) else {}
        return SaidNo(str(problem.get("detail") or problem["code"])[:500], code=problem["code"][:64], fields=told)
    return Rejected(f"{url} answered {response.status_code}", code="service_said_no")


class InternalClient:
    """Asks another service. Safe to share between threads."""

    def __init__(self, base_url: str, token: str, *, timeout_seconds: float = 5.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {used_of(token)}"}
        self._timeout = timeout_seconds

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer. `Transient` when the service is away or overloaded, `Rejected` when it says no."""
        return self._read(self._call("POST", path, json=body))

    def get(self, path: str, asked: Mapping[str, str] | None = None) -> Any:
        """The JSON answer; `asked` becomes the query. Errors as for `post`."""
        return self._read(self._call("GET", path, params=asked))

    def post_bytes(self, path: str, content: bytes) -> Any:
        """Sends a file as it is. The answer and errors as for `post`."""
        headers = {"Content-Type": "application/octet-stream"}
        return self._read(self._call("POST", path, data=content, headers=headers))

    def get_bytes(self, path: str) -> bytes:
        """The body as it is. Errors as for `post`."""
        return self._call("GET", path).content

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {**self._headers, "traceparent": current_traceparent(), **arguments.pop("headers", {})}
        url = f"{self._base_url}/internal{path}"
        try:
            response = requests.request(method, url, headers=headers, timeout=self._timeout, **arguments)
        except requests.RequestException as error:
            raise Transient(f"{url} does not answer ({type(error).__name__})", code="service_away") from error
        if response.status_code >= 500 or response.status_code in (401, 429):
            raise Transient(f"{url} answered {response.status_code}", code="service_away")
        if response.status_code >= 400:
            raise _said_no(url, response)
        return response

    @staticmethod
    def _read(response: requests.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise Transient(f"{response.url} answered something else than JSON", code="service_away") from error
