"""A desk for the router's tests: asks about drafts as the real one does, and checks what came."""

from __future__ import annotations

from typing import Any

from shared.ids import new_id
from tests.integration.router.world import BEARER, RouterWorld

SITI = {"actor": "siti", "role": "coordinator"}
BUDI = {"actor": "budi", "role": "secretary"}
PHRASE = {"agency": "LAMPU", "phrase": "tiang roboh", "weight": 6, "rule": "", **SITI}


class Desk:
    """Asks as the desk does, and says what came."""

    def __init__(self, world: RouterWorld) -> None:
        self.client, self.id = world.client, new_id()

    def post(self, act: str, *, status: int = 200, **body: Any) -> dict[str, Any]:
        path = f"/internal/drafts/{self.id}/{act}" if act else "/internal/drafts"
        return self._read(self.client.post(path, json=body, headers=BEARER), status)

    def get(self, part: str = "", *, status: int = 200) -> dict[str, Any]:
        return self._read(self.client.get(f"/internal/drafts/{self.id}{part}", headers=BEARER), status)

    def begin(self, **more: Any) -> int:
        return int(self.post("", draft_id=self.id, title="Tiang", **SITI, **more)["revision"])

    def proposed(self) -> dict[str, Any]:
        revision = self.post("phrase", revision=self.begin(), **PHRASE)["revision"]
        self.post("propose", revision=revision, reason="tiga kali di triase", **SITI)
        return self.get()

    def code(self, act: str, status: int, **body: Any) -> str:
        return str(self.post(act, status=status, **body)["code"])

    @staticmethod
    def _read(answer: Any, status: int) -> dict[str, Any]:
        assert answer.status_code == status, answer.text[:500]
        return dict(answer.get_json())
