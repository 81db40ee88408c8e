"""What there is to look at: four databases, and RabbitMQ where its URL is set. Else it is the embedded mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

import services.desk.tables
import services.intake.tables
import services.notifier.tables
import services.router.tables
from services.composition import OWNERS, migrations_of
from services.operations.bounded import ask_all
from shared.clock import Clock, SystemClock
from shared.config import Environment, database_url
from shared.errors import TanggapError
from shared.messaging.inbox import Inbox
from shared.messaging.management_api import ManagementApi
from shared.messaging.pika_admin import PikaAdmin
from shared.messaging.tables import MessagingTables
from shared.storage.bells import Bells
from shared.storage.database import Database
from shared.storage.migrate import current_and_head

EMBEDDED, DISTRIBUTED = "embedded", "rabbitmq"
ANSWER_SECONDS = 12.0
MANAGEMENT_SECONDS = 5.0
_TABLES: dict[str, tuple[MessagingTables, Table]] = {
    "intake": (services.intake.tables.messaging, services.intake.tables.audit),
    "router": (services.router.tables.messaging, services.router.tables.audit),
    "notifier": (services.notifier.tables.messaging, services.notifier.tables.audit),
    "desk": (services.desk.tables.messaging, services.desk.tables.audit),
}


def messaging_of(owner: str) -> MessagingTables:
    return _TABLES[owner][0]


class CannotLook(TanggapError):
    """Something that had to be asked cannot be asked; the message says what, and what to do."""

    code = "cannot_look"


@dataclass(frozen=True)
class Location:
    """Where everything is, as the environment says. `given` names the services whose database URL is set."""

    environment: Mapping[str, str]
    data: Path
    broker_url: str
    urls: Mapping[str, str]
    given: frozenset[str]

    @property
    def mode(self) -> str:
        return DISTRIBUTED if self.broker_url else EMBEDDED


@dataclass(frozen=True)
class Member:
    """One service's database and the tables that every service has."""

    name: str
    database: Database
    messaging: MessagingTables
    audit: Table

    def inbox(self, clock: Clock) -> Inbox:
        """A running service finds what is changed here when it next looks, within a few seconds."""
        return Inbox(self.messaging, clock=clock, bells=Bells())


@dataclass(frozen=True)
class Installation:
    """All of it, open. `broker` is None in the embedded mode, where nobody but the process itself sees the queues."""

    location: Location
    members: Mapping[str, Member]
    broker: PikaAdmin | None
    clock: Clock
    management: ManagementApi | None = None
    """Where its address is set."""

    @property
    def mode(self) -> str:
        return self.location.mode

    def close(self) -> None:
        for member in self.members.values():
            member.database.close()


def locate(environment: Mapping[str, str]) -> Location:
    """Raises `ConfigError` for what cannot be read."""
    env = Environment(environment)
    broker_url = env.text("TANGGAP_ADMIN_BROKER_URL") or env.text("TANGGAP_BROKER_URL")
    urls = {owner: database_url(env, owner) for owner in OWNERS}
    given = frozenset(owner for owner in OWNERS if env.text(_variable(owner)))
    data = Path(env.text("TANGGAP_DATA")).absolute()
    env.check()
    return Location(environment, data, broker_url, urls, given)


@contextmanager
def open_installation(environment: Mapping[str, str], clock: Clock | None = None) -> Iterator[Installation]:
    """Every database open, reachable and of the newest schema. Raises `CannotLook` that names every problem.

    The broker is not asked here.
    """
    location = locate(environment)
    answers = ask_all({owner: _opening(location, owner) for owner in OWNERS}, ANSWER_SECONDS)
    members = {owner: answer for owner, answer in answers.items() if isinstance(answer, Member)}
    broker = PikaAdmin(location.broker_url) if location.broker_url else None
    installation = Installation(location, members, broker, clock or SystemClock(), _management(location))
    try:
        problems = [f"{owner}: {reason(answer)}" for owner, answer in answers.items() if isinstance(answer, Exception)]
        if problems:
            raise CannotLook("cannot look:\n  " + "\n  ".join(problems))
        yield installation
    finally:
        installation.close()


def open_member(location: Location, owner: str) -> Member:
    """Raises `CannotLook` when there is no such database; whether it answers shows when it is asked."""
    url = location.urls[owner]
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise CannotLook(f"{_variable(owner)} is no database URL") from None
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():  # opening would make it
        raise CannotLook(_no_file(location, owner, parsed.database or ""))
    messaging, audit = _TABLES[owner]
    try:
        return Member(owner, Database(url), messaging, audit)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise CannotLook(f"{_variable(owner)} cannot be used: {reason(error)}") from error


def _management(location: Location) -> ManagementApi | None:
    url = Environment(location.environment).text("TANGGAP_ADMIN_MANAGEMENT_URL")
    if not (url and location.broker_url):
        return None
    vhost = unquote(urlsplit(location.broker_url).path.removeprefix("/")) or "/"
    return ManagementApi(url, vhost=vhost, answer_seconds=MANAGEMENT_SECONDS)


def check_schema(member: Member) -> str:
    """The schema's revision. Raises `CannotLook` when it is not the one that this program needs."""
    with member.database.read() as connection:
        current, head = current_and_head(connection, migrations_of(member.name))
    if current != head:
        raise CannotLook(f"its schema is {current or 'missing'}, needed is {head}: run `tanggap migrate`")
    return str(head)


def reason(error: Exception) -> str:
    """One line for a person; never holds a password."""
    if isinstance(error, TanggapError):
        cause = error.__cause__
        if error.code == "database" and isinstance(cause, DBAPIError):
            return f"the database does not answer: {_first_line(cause.orig)}"
        return error.message
    if isinstance(error, DBAPIError):
        return f"the database says: {_first_line(error.orig)}"
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _opening(location: Location, owner: str) -> Callable[[], Member]:
    def open_one() -> Member:
        member = open_member(location, owner)
        try:
            check_schema(member)
        except Exception:
            member.database.close()
            raise
        return member

    return open_one


def _no_file(location: Location, owner: str, path: str) -> str:
    if owner in location.given:
        return f"there is no file {path}, which {_variable(owner)} names"
    if location.given or location.broker_url:
        return f"{_variable(owner)} is not set (and there is no {path})"
    return f"there is no {path}; name the folder of a running `tanggap up` with --data"


def _variable(owner: str) -> str:
    return f"TANGGAP_{owner.upper()}_DATABASE_URL"
