"""RabbitMQ's management API: users, rights, queues and bindings of one virtual host. Only operators' commands use it.

Every call ends within seconds. What is asked for may be there already: making and removing are idempotent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests

from shared.errors import TanggapError
from shared.messaging.broker import BrokerLost
from shared.messaging.rabbit_definitions import HASHING

ANSWER_SECONDS = 20.0  # a node that has just been killed takes its time over its first deletion
_NOT_FOUND = 404
_DENIED = (401, 403)


@dataclass(frozen=True)
class Membership:
    """Of a quorum queue: the node that leads it (empty: none does now), how many nodes keep it, how many are there."""

    leader: str
    members: int
    online: int


class ManagementApi:
    """`url` is `http(s)://USER:PASSWORD@HOST:PORT`; the user needs the tag `administrator`."""

    def __init__(self, url: str, *, vhost: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        parts = urlsplit(url)
        self.address = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        self._root = url.rstrip("/")
        self._vhost = vhost
        self._answer_seconds = answer_seconds

    def memberships(self) -> dict[str, Membership]:
        """Of all quorum queues, by name."""
        told = self._call("GET", f"queues/{self._in()}?columns=name,type,leader,members,online")
        return {str(one["name"]): _membership(one) for one in told if one.get("type") == "quorum"}

    def declare_queue(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Raises `TanggapError` (code `broker_refused`) when it is there with other arguments."""
        self._call("PUT", f"queues/{self._in(name)}", {"durable": True, "arguments": dict(arguments)})

    def delete_queue(self, name: str) -> None:
        """With all that is in it."""
        self._call("DELETE", f"queues/{self._in(name)}", missing_is_well=True)

    def bind(self, exchange: str, key: str, queue: str) -> None:
        self._call("POST", f"bindings/{self._in()}/e/{_part(exchange)}/q/{_part(queue)}", {"routing_key": key})

    def unbind(self, exchange: str, key: str, queue: str) -> None:
        path = f"bindings/{self._in()}/e/{_part(exchange)}/q/{_part(queue)}/{_part(key)}"
        self._call("DELETE", path, missing_is_well=True)

    def put_user(self, name: str, password_hash: str) -> None:
        """Without any tag. One that is there gets this password, and the old one stops at once."""
        user = {"password_hash": password_hash, "hashing_algorithm": HASHING, "tags": ""}
        self._call("PUT", f"users/{_part(name)}", user)

    def permit(self, user: str, rights: Mapping[str, str]) -> None:
        """These rights in the virtual host, and no others there."""
        self._call("PUT", f"permissions/{self._in(user)}", dict(rights))

    def delete_user(self, name: str) -> None:
        self._call("DELETE", f"users/{_part(name)}", missing_is_well=True)

    def close_connections(self, user: str, reason: str) -> None:
        """All that are open now. A password counts only when somebody connects, so a new one calls for this."""
        # not by the list of connections: one that was opened within the last seconds has no user in it yet
        self._call("DELETE", f"connections/username/{_part(user)}", missing_is_well=True, headers={"X-Reason": reason})

    def _in(self, name: str = "") -> str:
        return "/".join(_part(part) for part in (self._vhost, name) if part)

    def _call(
        self, method: str, path: str, body: Any = None, *, missing_is_well: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """The answer's JSON, if any. Raises `BrokerLost` when nobody answers, `TanggapError` when the answer is no."""
        try:
            with requests.Session() as session:
                session.trust_env = False  # neither a proxy nor a password of the surroundings
                answer = session.request(
                    method, f"{self._root}/api/{path}", json=body, headers=dict(headers or {}), allow_redirects=False,
                    timeout=self._answer_seconds, auth=_credentials(self._root),
                )  # fmt: skip
        except requests.RequestException as error:
            raise BrokerLost(
                f"RabbitMQ's management at {self.address} does not answer ({type(error).__name__})"
            ) from None
        if answer.status_code in _DENIED:
            raise TanggapError(
                f"RabbitMQ's management at {self.address} refuses the user of TANGGAP_ADMIN_MANAGEMENT_URL",
                code="broker_denied",
            )
        if answer.status_code == _NOT_FOUND and missing_is_well:
            return None
        if answer.status_code >= 300:
            raise TanggapError(f"RabbitMQ refuses {method} {path}: {_reason(answer)}", code="broker_refused")
        return _document(answer)


def _membership(told: Mapping[str, Any]) -> Membership:
    leader, online = str(told.get("leader") or ""), told.get("online") or ()
    return Membership(leader if leader in online else "", len(told.get("members") or ()), len(online))


def _credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _part(name: str) -> str:
    return quote(name, safe="")


def _document(answer: requests.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


def _reason(answer: requests.Response) -> str:
    document = _document(answer)
    said = document.get("reason") if isinstance(document, dict) else None
    return f"{answer.status_code} {said or answer.reason}"[:300]
