"""An agency's queue and user at the broker: made, given a new password, made again, taken away.

Every step is idempotent and the row in `amqp_accounts` comes last, so that whatever is killed in the middle is whole
after the same command again. A password is known to its caller only: kept is what the broker keeps, a salted hash.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from services.desk.directory.ways import WayChanger, with_way, without_way
from services.notifier.agency_queues import accounts as amqp_accounts
from services.notifier.agency_queues import again as amqp_again
from services.notifier.agency_queues.accounts import AmqpAccount
from shared.clock import Clock
from shared.errors import Refused
from shared.messaging.agency_queues import AgencyQueue
from shared.messaging.broker import Depth
from shared.messaging.rabbit_definitions import SALT_BYTES, password_hash
from shared.storage.database import Database

AMQP = "amqp"
_PASSWORD_BYTES = 24
_CLOSED = "the password was changed"


class BrokerAdministration(Protocol):
    """What is asked of the broker's management; see `shared.messaging.management_api`."""

    def declare_queue(self, name: str, arguments: Mapping[str, Any]) -> None: ...
    def delete_queue(self, name: str) -> None: ...
    def bind(self, exchange: str, key: str, queue: str) -> None: ...
    def unbind(self, exchange: str, key: str, queue: str) -> None: ...
    def put_user(self, name: str, password_hash: str) -> None: ...
    def permit(self, user: str, rights: Mapping[str, str]) -> None: ...
    def delete_user(self, name: str) -> None: ...
    def close_connections(self, user: str, reason: str) -> None: ...


@dataclass(frozen=True)
class Given:
    """`password` is empty when the account was there already: nobody knows it but the agency."""

    account: AmqpAccount
    password: str = ""


@dataclass(frozen=True)
class AgencyAccounts:
    """`ask_depths` tells what lies in queues now, as `PikaAdmin.depths` does."""

    directory: WayChanger
    database: Database
    broker: BrokerAdministration
    ask_depths: Callable[[list[str]], Mapping[str, Depth | None]]
    clock: Clock

    def add(self, code: str) -> Given:
        """With a new password unless there is an account; then only what is missing is made, with the password it has.

        Raises `Refused` for an unknown agency, and what the broker raises.
        """
        self.directory.find(code)
        queue, known = AgencyQueue(code), self._known(code)
        if known is not None:
            self._make(known)
            self._into_directory(queue)
            return Given(known)
        given = self._with_new_password(code)
        self._make(given.account)
        self._into_directory(queue)
        self._store(given.account, "agency.amqp.add")
        return given

    def rotate(self, code: str) -> Given:
        """A new password. The old one stops at once, and who is connected by it is cut off."""
        known = self._must_know(code)
        given = self._with_new_password(code)
        account = replace(given.account, created_at=known.created_at)
        self._make(account)
        self.broker.close_connections(account.username, _CLOSED)
        self._store(account, "agency.amqp.rotate")
        return Given(account, given.password)

    def remove(self, code: str, *, discard: bool) -> int:
        """How many messages went with the queues. First nothing more is sent there, then all of it goes.

        Raises `Refused` (code `queue_not_empty`) when messages wait and `discard` is not set: who still fetches them
        may finish, and the same command again ends it.
        """
        known, queue = self._must_know(code), AgencyQueue(code)
        self.directory.apply(code, without_way(AMQP), act="agency.amqp.remove", details={"queue": queue.name})
        exchange, key, name = queue.bindings[-1]
        self.broker.unbind(exchange, key, name)
        waiting = self._waiting_when_alone(known, queue)
        if waiting and not discard:
            self._make(known, bound=False)
            raise Refused(
                f"nothing more is sent to {queue.name}, but {waiting} messages wait in it and in {queue.dead}: let the "
                "agency fetch them and run this again, or give --discard",
                code="queue_not_empty",
            )
        for name in (queue.name, queue.dead):
            self.broker.delete_queue(name)
        with self.database.write() as tx:
            amqp_accounts.remove(tx, code)
            details = {"queue": queue.name, "discarded": waiting}
            self._record(tx, "agency.amqp.remove", code, details)
        return waiting

    def restore(self) -> list[AmqpAccount]:
        """Every account's queue and user, with the passwords that the agencies have. Nothing that is there changes."""
        with self.database.read() as connection:
            accounts = amqp_accounts.every(connection)
        for account in accounts:
            self._make(account)
        return accounts

    def send_again(self, since: datetime) -> int:
        """How many messages that were sent to queues since then are sent once more, under the same ids."""
        with self.database.write() as tx:
            codes = [account.agency for account in amqp_accounts.every(tx.connection)]
            again = amqp_again.send_again(tx, codes, since=since, now=self.clock.now())
            for code in codes:
                self._record(tx, "agency.amqp.again", code, {"since": since.isoformat()})
        return again

    def _make(self, account: AmqpAccount, *, bound: bool = True) -> None:
        queue = AgencyQueue(account.agency)
        for name, arguments in queue.declarations.items():
            self.broker.declare_queue(name, arguments)
        for exchange, key, name in queue.bindings if bound else queue.bindings[:-1]:
            self.broker.bind(exchange, key, name)
        self.broker.put_user(account.username, account.password_hash)
        self.broker.permit(account.username, queue.rights)

    def _waiting_when_alone(self, account: AmqpAccount, queue: AgencyQueue) -> int:
        """Messages that a program holds are not counted before it is cut off and they are back in the queue."""
        self.broker.delete_user(account.username)
        self.broker.close_connections(account.username, "the queue is being removed")
        depths = self.ask_depths([queue.name, queue.dead])
        return sum(depth.ready for depth in depths.values() if depth is not None)

    def _into_directory(self, queue: AgencyQueue) -> None:
        details = {"queue": queue.name}
        self.directory.apply(queue.code, with_way(AMQP, queue.name), act="agency.amqp.add", details=details)

    def _with_new_password(self, code: str) -> Given:
        password, queue, now = secrets.token_urlsafe(_PASSWORD_BYTES), AgencyQueue(code), self.clock.now()
        hashed = password_hash(password, secrets.token_bytes(SALT_BYTES))
        return Given(AmqpAccount(code, queue.user, hashed, queue.name, created_at=now, rotated_at=now), password)

    def _store(self, account: AmqpAccount, act: str) -> None:
        with self.database.write() as tx:
            amqp_accounts.store(tx, account)
            self._record(tx, act, account.agency, {"user": account.username, "queue": account.queue})

    def _record(self, tx: Any, act: str, code: str, details: dict[str, Any]) -> None:
        amqp_accounts.record(
            tx, at=self.clock.now(), actor=self.directory.actor, act=act, agency=code, details=details
        )  # fmt: skip

    def _known(self, code: str) -> AmqpAccount | None:
        with self.database.read() as connection:
            return amqp_accounts.one(connection, code)

    def _must_know(self, code: str) -> AmqpAccount:
        known = self._known(code)
        if known is None:
            raise Refused(f"{code} has no queue; make one: tanggap agency amqp add {code}", code="no_such_account")
        return known
