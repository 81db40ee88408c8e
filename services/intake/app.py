"""Intake's composition root: what is built from what, and nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from services.intake import repository
from services.intake.channels.mail import MailIntake, MailListener, OwnAddresses
from services.intake.config import IntakeSettings
from services.intake.handlers import IntakeHandlers
from services.intake.parts import IntakeParts
from services.intake.site import build_site
from shared.citypack import CityPack
from shared.clock import Clock
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.service import Service, Spine, relay_worker, spine_workers
from shared.storage.database import Database, Transaction
from shared.timers import Timer, TimerHandler
from shared.web.base import add_health, create_web

MIGRATIONS = Path(__file__).parent / "migrations"
_FORGET = "forget_counts"
_FORGET_EVERY = timedelta(hours=12)


def build(
    settings: IntakeSettings,
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    metrics: Metrics,
    pack: CityPack,
    with_mail: bool = False,
) -> Service:
    """Form, API, SMS, tracking and internal API; with `with_mail` the SMTP listener too, in the same process."""
    parts = IntakeParts.of(settings, database, broker, clock, metrics, pack)
    web = build_site(settings, parts, metrics)
    handlers = IntakeHandlers(pack)
    workers = spine_workers(
        parts.spine, handlers.table(), {_FORGET: _forgetting(parts.spine)}, foresee=handlers.foresee
    )
    service = Service(
        name="intake",
        spine=parts.spine,
        web=web,
        workers=workers,
        migrations=MIGRATIONS,
        warnings=lambda: _warnings(settings, mail=with_mail),
        seed=lambda: _seed(parts.spine),
        listeners=[_listener(settings, parts)] if with_mail else [],
    )
    _add_health(service, metrics)
    return service


def build_mail(
    settings: IntakeSettings, *, database: Database, broker: Broker, clock: Clock, metrics: Metrics, pack: CityPack
) -> Service:
    """The mail process: the SMTP listener on intake's database, a relay for what it stores, and health pages."""
    parts = IntakeParts.of(settings, database, broker, clock, metrics, pack)
    service = Service(
        name="mail",
        spine=parts.spine,
        web=create_web(__package__, service="mail", metrics=metrics, trusted_proxies=settings.common.trusted_proxies),
        workers=[relay_worker(parts.spine)],
        migrations=MIGRATIONS,
        warnings=lambda: _warnings(settings, mail=True, sms=False),
        listeners=[_listener(settings, parts)],
    )
    _add_health(service, metrics)
    return service


def _listener(settings: IntakeSettings, parts: IntakeParts) -> MailListener:
    own = OwnAddresses.of(settings.mail_addresses, demo=settings.common.demo, sending=settings.mail_from)
    return MailListener(MailIntake(parts.door, own), settings.common.host, settings.smtp_port)


def _add_health(service: Service, metrics: Metrics) -> None:
    add_health(
        service.web,
        unready=service.unready,
        warnings=service.warnings,
        stuck=service.stuck_workers,
        metrics=metrics,
    )


def _warnings(settings: IntakeSettings, *, mail: bool, sms: bool = True) -> list[str]:
    if settings.common.demo:
        return []
    warnings = []
    if sms and not settings.sms_token:
        warnings.append("TANGGAP_SMS_TOKEN is not set: SMS are taken from this machine only")
    if mail and not settings.mail_addresses:
        warnings.append("TANGGAP_MAIL_ADDRESSES is not set: every mail is refused")
    if sms and not settings.public_url.startswith("https://"):
        warnings.append("TANGGAP_PUBLIC_URL does not begin with https://: tracking codes travel in clear")
    return warnings


def _seed(spine: Spine) -> None:
    with spine.database.write() as tx:
        spine.timers.set_if_absent(tx, _FORGET, "", spine.clock.now() + _FORGET_EVERY)


def _forgetting(spine: Spine) -> TimerHandler:
    """Limits count hours and days; older counts serve nothing."""

    def forget(tx: Transaction, _timer: Timer) -> datetime:
        now = spine.clock.now()
        before = now - timedelta(days=2)
        repository.forget_counts(tx, before_day=before.date().isoformat(), before=before)
        return now + _FORGET_EVERY

    return forget
