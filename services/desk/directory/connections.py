"""What the notifier knows of the ways to an agency, and tries by them, as the desk asks it at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from services.desk.people.person import Person
from services.desk.wording import read_moment
from shared.errors import Refused, Rejected, Transient
from shared.web.internal import InternalClient

TRIAL_SECONDS = 25.0
"""A mail server that greets slowly takes as long; after that a person need not wait any more."""
ARRIVED, REFUSED, NO_ANSWER, AWAY = "arrived", "refused", "no_answer", "away"
_ARRIVED_STATES = ("sent", "delivered", "captured")


@dataclass(frozen=True)
class Setup:
    """What is set up for the ways that need more than an address.

    `revision` is the newest that the notifier heard of. `secrets` sign webhooks now, the newest since `secret_since`;
    `queue` and its `user` belong to the way `amqp`, empty where there is none. `configured` tells by which ways
    messages leave this installation at all.
    """

    revision: int
    secrets: int
    secret_since: datetime | None
    queue: str
    user: str
    user_since: datetime | None
    configured: Mapping[str, bool] = field(default_factory=dict)

    @property
    def secret_id(self) -> str:
        """Tells the newest secret from the next, without telling anything of it."""
        return self.secret_since.isoformat() if self.secret_since else "none"


@dataclass(frozen=True)
class Tried:
    """How a test message went: ARRIVED, REFUSED, NO_ANSWER (it may still arrive) or AWAY (nothing was tried).

    `state` and `reason` are the notifier's codes, `answer` what the other side said.
    """

    ending: str
    way: str
    state: str = ""
    reason: str = ""
    answer: str = ""


class Connections(Protocol):
    """All but `attempt` raise `Transient` when the notifier cannot be asked now, and `Refused` when it says no."""

    def setup(self, code: str) -> Setup: ...
    def attempt(self, code: str, way: str, person: Person, reason: str) -> Tried: ...
    def new_secret(self, code: str, person: Person, keep_hours: int) -> str: ...
    def forget_secrets(self, code: str, person: Person) -> int: ...


class NotifierConnections:
    """`slow` waits for a test message, `quick` for what a page only shows."""

    def __init__(self, slow: InternalClient, quick: InternalClient) -> None:
        self._slow, self._quick = slow, quick

    def setup(self, code: str) -> Setup:
        try:
            answer = dict(self._quick.get(f"/agencies/{quote(code, safe='')}"))
        except Rejected as error:
            raise Refused(error.message, code=error.code, status=409) from error
        webhook, amqp = dict(answer["webhook"]), dict(answer["amqp"] or {})
        return Setup(
            revision=int(answer["revision"]),
            secrets=int(webhook["secrets"]),
            secret_since=read_moment(str(webhook["since"] or "")),
            queue=str(amqp.get("queue", "")),
            user=str(amqp.get("user", "")),
            user_since=read_moment(str(amqp.get("since", ""))),
            configured={str(way): bool(is_there) for way, is_there in dict(answer["configured"]).items()},
        )

    def attempt(self, code: str, way: str, person: Person, reason: str) -> Tried:
        """Never raises for what is wrong with the way or the notifier: that is the answer."""
        began = time.monotonic()
        try:
            answer = self._ask(f"/agencies/{quote(code, safe='')}/test", person, reason, {"way": way})
        except Transient:
            waited = time.monotonic() - began >= TRIAL_SECONDS * 0.9
            return Tried(NO_ANSWER if waited else AWAY, way)
        except Refused as error:
            return Tried(REFUSED, way, reason=error.code, answer=error.message)
        state = str(answer["state"])
        ending = ARRIVED if state in _ARRIVED_STATES else NO_ANSWER if state == "uncertain" else REFUSED
        return Tried(ending, str(answer["way"]), state, str(answer["reason"] or ""), str(answer["answer"] or "")[:300])

    def new_secret(self, code: str, person: Person, keep_hours: int) -> str:
        path = f"/agencies/{quote(code, safe='')}/webhook-secret"
        return str(self._ask(path, person, "webhook secret", {"keep_hours": keep_hours})["secret"])

    def forget_secrets(self, code: str, person: Person) -> int:
        path = f"/agencies/{quote(code, safe='')}/webhook-secret/remove"
        return int(self._ask(path, person, "webhook secret", {})["removed"])

    def _ask(self, path: str, person: Person, reason: str, more: dict[str, Any]) -> dict[str, Any]:
        body = {"actor": person.login, "role": person.role, "reason": reason, **more}
        try:
            return dict(self._slow.post(path, body))
        except Rejected as error:
            raise Refused(error.message, code=error.code, status=409) from error
