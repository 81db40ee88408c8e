"""Agencies' queues that nobody empties, as the notifier itself can see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.notifier.agency_queues import accounts as amqp_accounts
from services.notifier.agency_queues.ages import AgencyQueueAge, agency_queue_ages
from shared.clock import Clock
from shared.messaging.pika_admin import PikaAdmin
from shared.storage.database import Database


@dataclass(frozen=True)
class BrokerQueues:
    """Asks the broker with the notifier's own rights: looking at a queue's depth needs none."""

    database: Database
    clock: Clock
    broker_url: str

    def __call__(self) -> Mapping[str, Mapping[str, Any]]:
        """What is to be told, by agency. Raises what database and broker raise; nobody is asked without an account."""
        with self.database.read() as connection:
            accounts = amqp_accounts.every(connection)
            names = [account.queue for account in accounts]
            ages = agency_queue_ages(connection, accounts, PikaAdmin(self.broker_url).depths(names)) if names else []
        now = self.clock.now()
        return {age.agency: details_of(age, age.age(now).total_seconds()) for age in ages if _is_wrong(age, self.clock)}


def details_of(age: AgencyQueueAge, seconds: float) -> Mapping[str, Any]:
    return {
        "missing": age.missing, "waiting": age.waiting or 0, "consumers": age.consumers or 0,
        "minutes": int(seconds // 60),
    }  # fmt: skip


def _is_wrong(age: AgencyQueueAge, clock: Clock) -> bool:
    return age.missing or age.full or age.nearly_full or age.old(clock.now())
