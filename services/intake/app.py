"""Intake's composition root: what is built from what, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from services.intake import repository, tables
from services.intake.accept import Door
from services.intake.api import ApiViews
from services.intake.areas import Areas
from services.intake.channels.mail import MailIntake, MailListener, OwnAddresses
from services.intake.channels.sms import SmsViews
from services.intake.channels.web import FormViews
from services.intake.checking import Checker
from services.intake.config import IntakeSettings
from services.intake.contacts import ContactVault
from services.intake.handlers import IntakeHandlers
from services.intake.internal import contacts_blueprint
from services.intake.open311.known_requests import KnownRequests
from services.intake.open311.views import Open311Views
from services.intake.pages import Pages
from services.intake.reveal import ContactReveal
from services.intake.tracking import Tracking
from services.intake.views import TrackViews
from shared.citypack import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.sealing import ContactHasher, Sealer
from shared.service import Service, Spine, build_spine, relay_worker, spine_workers
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
    parts = _Parts.of(settings, database, broker, clock, metrics, pack)
    web = _web(settings, parts, metrics)
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
    parts = _Parts.of(settings, database, broker, clock, metrics, pack)
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


@dataclass(frozen=True)
class _Parts:
    """What the channels share."""

    spine: Spine
    pack: CityPack
    vault: ContactVault
    door: Door

    @staticmethod
    def of(
        settings: IntakeSettings, database: Database, broker: Broker, clock: Clock, metrics: Metrics, pack: CityPack
    ) -> _Parts:
        codec = Codec(Sealer(settings.common.content_keys))
        spine = build_spine(
            "intake", tables.messaging, database=database, broker=broker, codec=codec, clock=clock, metrics=metrics
        )
        vault = ContactVault(Sealer(settings.contact_keys), ContactHasher(settings.contact_pepper))
        door = Door(
            spine=spine,
            checker=Checker(Areas.of(pack)),
            vault=vault,
            ticket_prefix=pack.city.ticket_prefix,
            zone=ZoneInfo(pack.city.timezone),
            receipts_per_day=settings.receipts_per_day,
        )
        return _Parts(spine, pack, vault, door)


def _web(settings: IntakeSettings, parts: _Parts, metrics: Metrics) -> Flask:
    common, spine = settings.common, parts.spine
    web = create_web(__package__, service="intake", metrics=metrics, trusted_proxies=common.trusted_proxies)
    web.secret_key = settings.session_key
    web.config.update(
        SESSION_COOKIE_NAME="tanggap_intake",  # browsers share cookies between ports: the desk has its own name
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,  # the form checks it, so that what was typed is not lost
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
    )
    pages = Pages(parts.pack, settings.public_url)
    pages.install(web)
    tracking = Tracking(spine.database, spine.clock, parts.vault.sealer, parts.pack.city.ticket_prefix)
    web.register_blueprint(FormViews(parts.door, pages, CSRFProtect(web)).blueprint())
    web.register_blueprint(TrackViews(tracking, pages).blueprint())
    web.register_blueprint(SmsViews(parts.door, settings.sms_token, common.trusted_proxies > 0).blueprint())
    known = KnownRequests(spine.database, spine.clock, parts.vault.hasher, parts.pack.city.ticket_prefix)
    web.register_blueprint(
        Open311Views(parts.door, known, pages, settings.open311_keys, production=not common.demo).blueprint()
    )
    reveal = ContactReveal(spine.database, spine.clock, parts.vault)
    web.register_blueprint(contacts_blueprint(reveal, common.service_token))
    ApiViews(parts.door, tracking, pages).install(web)
    return web


def _listener(settings: IntakeSettings, parts: _Parts) -> MailListener:
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
