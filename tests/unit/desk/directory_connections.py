"""A notifier that the directory asks in tests: it tries ways as it is told, and keeps secrets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.desk.directory.connections import ARRIVED, Setup, Tried
from services.desk.people.person import Person
from shared.errors import Refused, Transient

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@dataclass
class FakeConnections:
    away: bool = False
    refuses: str = ""
    tried: Tried = field(default_factory=lambda: Tried(ARRIVED, "email", "captured", "captured"))
    secrets: list[str] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def setup(self, code: str) -> Setup:
        self._fail()
        since = AT + timedelta(minutes=len(self.secrets)) if self.secrets else None
        return Setup(10_000, len(self.secrets), since, "", "", None, {"email": True, "sms": False, "webhook": True})

    def attempt(self, code: str, way: str, person: Person, reason: str) -> Tried:
        self.asked.append(("test", code, way, person.login))
        return self.tried

    def new_secret(self, code: str, person: Person, keep_hours: int) -> str:
        self._fail()
        self.asked.append(("secret", code, person.login, str(keep_hours)))
        self.secrets.append(f"whsec_{len(self.secrets)}")
        return self.secrets[-1]

    def forget_secrets(self, code: str, person: Person) -> int:
        self._fail()
        self.asked.append(("forget", code, person.login))
        forgotten, self.secrets = len(self.secrets), []
        return forgotten

    def _fail(self) -> None:
        if self.away:
            raise Transient("the notifier does not answer", code="service_away")
        if self.refuses:
            raise Refused("said no", code=self.refuses)
