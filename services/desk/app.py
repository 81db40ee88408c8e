"""The desk's composition root: everything it is made of is put together here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFError, CSRFProtect

from services.desk.adapters import CapturedMessages, IntakeContacts, NotifierCaptured
from services.desk.cases.photos import IntakePhotos, Photos
from services.desk.cases.reveal import Contacts
from services.desk.config import DeskSettings
from services.desk.desk import Desk
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import seed_agencies
from services.desk.handlers import DeskHandlers
from services.desk.people import repository as accounts
from services.desk.people.demo import DemoPeople, password_file
from services.desk.people.passwords import Passwords
from services.desk.people.sign_in import SignIn
from services.desk.quarantine import HeldMessages, IntakeQuarantine
from services.desk.sending.alerts import OpenAlerts
from services.desk.sending.deliveries import Deliveries, NotifierDeliveries
from services.desk.tables import messaging
from services.desk.views.access import guard
from services.desk.views.answering import answering_views
from services.desk.views.attention import attention_views
from services.desk.views.audit import audit_views
from services.desk.views.captured import captured_views
from services.desk.views.case import case_views
from services.desk.views.dead import dead_views
from services.desk.views.deliveries import delivery_views
from services.desk.views.display import install_display
from services.desk.views.listing import listing_views
from services.desk.views.login import login_views
from services.desk.views.photos import photo_views
from services.desk.views.previews import preview_views
from services.desk.views.quarantine import quarantine_views
from services.desk.views.triage import triage_views
from shared.city import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service, build_spine, spine_workers
from shared.storage.database import Database
from shared.web.base import add_health, create_web
from shared.web.errors import answer
from shared.web.internal import InternalClient

NAME = "desk"
COOKIE = "tanggap_desk"
STALE = "Halaman ini terlalu lama terbuka, sehingga isiannya tidak dapat diterima. Muat ulang halaman, lalu coba lagi."
_VIEWS = (
    login_views,
    listing_views,
    triage_views,
    case_views,
    answering_views,
    photo_views,
    captured_views,
    quarantine_views,
    delivery_views,
    attention_views,
    preview_views,
    dead_views,
    audit_views,
)  # fmt: skip


def build(
    settings: DeskSettings,
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    metrics: Metrics,
    pack: CityPack,
    demo_password: str | None = None,
    contacts: Contacts | None = None,
    captured: CapturedMessages | None = None,
    photos: Photos | None = None,
    quarantine: HeldMessages | None = None,
    deliveries: Deliveries | None = None,
) -> Service:
    """The desk, ready to be started. In demo mode its logins get `demo_password`, or one kept in the data folder."""
    codec = Codec(Sealer(settings.common.content_keys))
    spine = build_spine(
        NAME, messaging, database=database, broker=broker, codec=codec, clock=clock, metrics=metrics
    )  # fmt: skip
    token, passwords = settings.common.service_token, Passwords()
    quick = InternalClient(settings.notifier_url, token, timeout_seconds=1.0)
    desk = Desk(
        spine=spine,
        pack=pack,
        sign_in=SignIn(database, passwords, clock, settings.common.demo),
        contacts=contacts or IntakeContacts(InternalClient(settings.intake_url, token)),
        captured=captured or NotifierCaptured(InternalClient(settings.notifier_url, token)),
        photos=photos or IntakePhotos(InternalClient(settings.intake_url, token)),
        quarantine=quarantine or IntakeQuarantine(InternalClient(settings.intake_url, token)),
        deliveries=deliveries or NotifierDeliveries(InternalClient(settings.notifier_url, token)),
        open_alerts=OpenAlerts(deliveries or NotifierDeliveries(quick), clock),
        demo=settings.common.demo,
        demo_password_file=None if demo_password else password_file(settings.common.data),
    )
    web = _web(settings, desk, metrics)
    handlers = DeskHandlers(spine)
    service = Service(
        NAME,
        spine,
        web,
        spine_workers(spine, handlers.table(), foresee=handlers.foresee),
        migrations=Path(__file__).parent / "migrations",
        warnings=lambda: _warnings(database),
        seed=_seeding(settings, desk, DemoPeople(database, passwords, clock, settings.common.data), demo_password),
    )
    add_health(
        web, unready=service.unready, warnings=service.warnings, stuck=service.stuck_workers, metrics=metrics
    )  # fmt: skip
    return service


def _web(settings: DeskSettings, desk: Desk, metrics: Metrics) -> Flask:
    app = create_web(
        "services.desk",
        service=NAME,
        metrics=metrics,
        trusted_proxies=settings.common.trusted_proxies,
        behind_tls=settings.behind_tls,
    )
    app.secret_key = settings.session_key
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it would ask for the Referer that our own pages forbid to send
    )
    app.before_request(guard(desk))  # before the CSRF check: whoever is not logged in is asked to log in
    CSRFProtect(app)
    app.register_error_handler(CSRFError, _stale)
    install_display(app, desk)
    for views in _VIEWS:
        app.register_blueprint(views(desk))
    return app


def _stale(_error: Exception) -> Any:
    return answer(400, "csrf", STALE)


def _seeding(
    settings: DeskSettings, desk: Desk, people: DemoPeople, demo_password: str | None
) -> Callable[[], None]:  # fmt: skip
    def seed() -> None:
        seed_agencies(desk.spine, desk.pack.agencies)
        if not settings.common.demo:
            people.close()
            return
        with desk.spine.database.read() as connection:
            directory = agencies.every(connection)
        people.seed(directory, demo_password)

    return seed


def _warnings(database: Database) -> list[str]:
    try:
        with database.read() as connection:
            if accounts.count_active(connection):
                return []
    except Exception:  # noqa: BLE001 - a database that does not answer is told by the readiness itself
        return []
    return ["nobody may log in at the desk: tanggap people add"]
