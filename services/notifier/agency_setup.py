"""Which agencies have what their own systems need: a user of the broker, a secret that signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, or_, select

from services.notifier.delivery import AMQP, WEBHOOK
from services.notifier.tables import amqp_accounts, webhook_secrets


def set_up(connection: Connection, now: datetime) -> Mapping[str, frozenset[str]]:
    """Agencies' codes by the channel that cannot be used without it."""
    valid = or_(webhook_secrets.c.expires_at.is_(None), webhook_secrets.c.expires_at > now)
    signed = connection.execute(select(webhook_secrets.c.agency).where(valid).distinct())
    users = connection.execute(select(amqp_accounts.c.agency))
    return {
        AMQP: frozenset(row.agency for row in users),
        WEBHOOK: frozenset(row.agency for row in signed),
    }
