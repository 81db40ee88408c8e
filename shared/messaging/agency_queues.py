"""The queue of an agency that fetches its cases by AMQP, and the broker's user that may read it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from shared.messaging.topology import AGENCIES, DEAD, DEAD_QUEUE_ARGUMENTS

MOST_MESSAGES = 10_000
"""A queue that nobody empties takes no more than these: what is on disk stays bounded, and what follows waits here."""

NOTHING = "^$"


@dataclass(frozen=True)
class AgencyQueue:
    """Names and rights that follow from an agency's code. The queue is bound to `tanggap.agencies` by that code."""

    code: str

    @property
    def name(self) -> str:
        return f"agency.{self.code}.v1"

    @property
    def dead(self) -> str:
        """Where lies what the agency's program refused."""
        return f"{self.name}.dead"

    @property
    def user(self) -> str:
        return f"agency-{self.code}"

    @property
    def arguments(self) -> dict[str, Any]:
        """A full queue refuses the publisher, so that nothing is dropped.

        The delivery limit is out of reach, as in dead queues: a program that was cut off a hundred times while it held
        a message has not refused it.
        """
        return {
            **DEAD_QUEUE_ARGUMENTS,
            "x-max-length": MOST_MESSAGES,
            "x-overflow": "reject-publish",
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": self.name,
            "x-dead-letter-strategy": "at-least-once",
        }

    @property
    def declarations(self) -> dict[str, dict[str, Any]]:
        """Arguments by queue, in the order in which they are to be made."""
        return {self.dead: DEAD_QUEUE_ARGUMENTS, self.name: self.arguments}

    @property
    def bindings(self) -> tuple[tuple[str, str, str], ...]:
        """(exchange, routing key, queue), likewise."""
        return ((DEAD, self.name, self.dead), (AGENCIES, self.code, self.name))

    @property
    def rights(self) -> dict[str, str]:
        return {"configure": NOTHING, "write": NOTHING, "read": f"^{re.escape(self.name)}$"}


def address_for(broker_url: str, user: str, password: str) -> str:
    """The broker's address with this user's name and password in it, whoever's it had."""
    parts = urlsplit(broker_url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}").geturl()
