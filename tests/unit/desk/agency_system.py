"""An agency's own system: it has a token of the agency, and calls the desk's API with it."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.desk.api.endpoints import PATH
from services.desk.directory.tokens import SCOPES, By, Token, add_token
from tests.unit.desk.facts import ticket
from tests.unit.desk.world import World

BY = By("operator", "operator")
_numbers = itertools.count(1)


@dataclass
class System:
    client: FlaskClient
    token: Token
    secret: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"{PATH}{path}", query_string=query, headers=self.headers)

    def case(self, number: int = 1) -> dict[str, Any]:
        answer = self.get(f"/cases/{ticket(number)}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def act(self, act: str, which: int = 1, *, key: str = "", headers: Any = None, **body: Any) -> TestResponse:
        """With a new key, unless one is given."""
        more = {"Idempotency-Key": key or f"key-{next(_numbers)}", **self.headers, **(headers or {})}
        return self.client.post(f"{PATH}/cases/{ticket(which)}/{act}", json=body, headers=more)

    def send_photo(self, content: bytes, number: int = 1, kind: str = "image/jpeg") -> TestResponse:
        path = f"{PATH}/cases/{ticket(number)}/photos"
        return self.client.post(path, data=content, content_type=kind, headers=self.headers)


def system(world: World, agency: str = "DISHUB", *, scopes: tuple[str, ...] = SCOPES, **more: Any) -> System:
    days = more.get("days")
    name = f"SIM {agency} {next(_numbers)}"
    token, secret = add_token(world.database, world.clock, BY, agency, name, scopes, days)
    return System(world.service.web.test_client(), token, secret)
