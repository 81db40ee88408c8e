"""The ways to an agency: tried, and what is set up for those that need more than an address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from sqlalchemy import Connection, func, or_, select

from services.notifier.agency_queues import accounts
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.notifier.internal.asking import acting, plain
from services.notifier.tables import agencies, audit, webhook_secrets
from services.notifier.trial import Trial
from shared.audit import record_act
from shared.errors import Refused
from shared.service import Spine

MOST_KEEP_HOURS = 24 * 30


def add_agencies(blueprint: Blueprint, spine: Spine, trial: Trial, secrets: WebhookSecrets | None) -> None:
    @blueprint.get("/agencies/<code>")
    def setup(code: str) -> dict[str, Any]:
        """Which revision was heard of, what signs webhooks, which queue there is, which ways are configured."""
        with spine.database.read() as connection:
            revision = connection.execute(select(agencies.c.revision).where(agencies.c.code == code)).scalar()
            webhook = _signing(connection, spine, code)
            account = accounts.one(connection, code)
        amqp = account and {"queue": account.queue, "user": account.username, "since": plain(account.rotated_at)}
        configured = {way: out is not None for way, out in trial.channels.items()}
        return {"revision": revision or 0, "webhook": webhook, "amqp": amqp, "configured": configured}

    @blueprint.post("/agencies/<code>/test")
    def test(code: str) -> dict[str, Any]:
        """Sends a harmless message now. `way` may be empty. What is wrong with the way is an answer, not an error."""
        by, body = acting()
        way, outcome = trial.send(code, str(body.get("way") or ""), by)
        return {"way": way, "state": outcome.state, "reason": outcome.reason, "answer": outcome.answer}

    @blueprint.post("/agencies/<code>/webhook-secret")
    def new_secret(code: str) -> dict[str, Any]:
        """A new one, told this once; those of before sign beside it for `keep_hours`."""
        by, body = acting()
        hours = _hours(body.get("keep_hours"))
        _record(spine, by.name, by.role, code, "agency.webhook.secret", {"old_signs_for_hours": hours})
        return {"secret": _there(secrets).rotate(code, timedelta(hours=hours))}

    @blueprint.post("/agencies/<code>/webhook-secret/remove")
    def remove_secret(code: str) -> dict[str, Any]:
        by, _ = acting()
        _record(spine, by.name, by.role, code, "agency.webhook.forget", {})
        return {"removed": _there(secrets).remove(code)}


def _signing(connection: Connection, spine: Spine, code: str) -> dict[str, Any]:
    table = webhook_secrets
    valid = or_(table.c.expires_at.is_(None), table.c.expires_at > spine.clock.now())
    statement = select(func.count(), func.max(table.c.created_at)).where(table.c.agency == code, valid)
    count, since = connection.execute(statement).one()
    return {"secrets": int(count), "since": plain(since)}


def _record(spine: Spine, actor: str, role: str, code: str, act: str, details: dict[str, Any]) -> None:
    """The row is there before anybody sees the secret. Raises `Refused` when nobody told of such an agency."""
    with spine.database.write() as tx:
        if tx.execute(select(agencies.c.code).where(agencies.c.code == code)).first() is None:
            raise Refused(f"there is no agency {code}", code="no_such_agency", status=404)
        record_act(
            tx, audit, at=spine.clock.now(), actor=actor, role=role, act=act, subject=code[:64], details=details
        )  # fmt: skip


def _hours(told: Any) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not 0 <= told <= MOST_KEEP_HOURS:
        raise Refused(
            f"keep_hours must be a whole number from 0 to {MOST_KEEP_HOURS}", code="malformed_field", status=400
        )
    return told


def _there(secrets: WebhookSecrets | None) -> WebhookSecrets:
    if secrets is None:
        raise Refused("webhooks' secrets are not kept here", code="not_configured", status=409)
    return secrets
