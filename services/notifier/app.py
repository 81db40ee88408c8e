"""Putting the notifier together: its only composition root."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flask import Blueprint

from services.notifier import repository
from services.notifier.auditors import AuditorHandlers
from services.notifier.channels.capture import CaptureFolder
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.notifier.config import NotifierSettings
from services.notifier.erasing import Eraser
from services.notifier.feedback.old_queues import BrokerQueues
from services.notifier.feedback.timers import begin_timers, timer_handlers
from services.notifier.feedback.watch import Destinations, Watch, WatchStepper
from services.notifier.handlers import NotifierHandlers
from services.notifier.persons import PersonHandlers
from services.notifier.plans import Plans
from services.notifier.sending.claims import release_all
from services.notifier.sending.contacts import ContactDirectory, IntakeContacts
from services.notifier.sending.engine import Engine, build_engine
from services.notifier.tables import audit, messaging, vitals
from services.notifier.trial import Trial
from services.notifier.views import internal_api
from services.notifier.vitals import notifier_probes
from services.notifier.way_out import WayOut
from services.notifier.ways_out import warnings, ways_out
from services.notifier.writing.compose import Composer
from services.notifier.writing.preview import previews
from shared.citypack import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.dead_letters import OwnDeadLetters
from shared.erasing import Erasing
from shared.messaging.broker import Broker
from shared.messaging.handling import Handler
from shared.observability.metrics import Metrics
from shared.reply_marks import ReplyMarks
from shared.sealing import Sealer
from shared.service import Service, Spine, build_spine, spine_workers
from shared.storage.database import Database
from shared.vitals.worker import Surroundings, Vitals
from shared.web.base import add_health, create_web
from shared.web.internal import InternalClient
from shared.web.internal_audit import audit_api
from shared.web.internal_dead import dead_api
from shared.wording import Wordings, load_wordings
from shared.workers import Worker

MIGRATIONS = Path(__file__).parent / "migrations"


def build(
    settings: NotifierSettings,
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    metrics: Metrics,
    pack: CityPack,
    contacts: ContactDirectory | None = None,
    channels: Mapping[str, WayOut | None] | None = None,
    wordings: Wordings | None = None,
    threads: Mapping[str, int] | None = None,
) -> Service:
    """The notifier, not yet started. `channels` replaces the ways out; None for a channel: not configured.

    `threads` says how many send by a channel where that is not the usual number. Raises `PackError` when the pack's
    wording cannot be used.
    """
    common = settings.common
    sealer = Sealer(common.content_keys)
    spine = build_spine(
        "notifier", messaging, database=database, broker=broker, codec=Codec(sealer), clock=clock, metrics=metrics
    )  # fmt: skip
    chosen = channels if channels is not None else ways_out(settings, pack.notifications, database, clock)
    composer = _composer(settings, pack, wordings)
    engine = build_engine(
        spine, pack=pack, ways_out=chosen, threads=threads,
        contacts=contacts or IntakeContacts(InternalClient(settings.intake_url, common.service_token)),
        composer=composer, unseal=sealer.unseal,
    )  # fmt: skip
    destinations, folder = engine.breakers.destinations, CaptureFolder(common.data / "captured")
    handlers = NotifierHandlers(spine, pack.notifications)
    erasing = Erasing(spine, Eraser(spine, folder).erase)
    timers = {**timer_handlers(spine, pack.notifications, folder), **erasing.timers()}
    heard = handlers.table() | erasing.table() | _to_our_own(settings, Plans(spine, pack.notifications), sealer)
    workers = spine_workers(spine, heard, timers, foresee=handlers.foresee, erase=erasing.erase)
    workers += [*engine.workers, _watching(settings, spine, destinations)]
    web = create_web(__name__, service="notifier", metrics=metrics)
    internal = internal_api(
        spine, folder, common.service_token, previews=partial(previews, pack, composer.wordings),
        trial=Trial(spine, chosen, pack.city.name, settings.mail_from, settings.sms_sender),
        destinations=destinations, secrets=WebhookSecrets(database, sealer, clock),
    )  # fmt: skip
    for api in (internal, *_of_every_service(spine, common.service_token)):
        web.register_blueprint(api)
    service = Service("notifier", spine, web, workers, MIGRATIONS)
    _vitals(settings, spine, engine, chosen).attend(service, common.service_token)
    service.warnings = lambda: warnings(chosen)
    service.seed = lambda: _seed(spine, pack)
    add_health(web, unready=service.unready, warnings=service.warnings, stuck=service.stuck_workers, metrics=metrics)
    return service


def _of_every_service(spine: Spine, token: str) -> list[Blueprint]:
    letters = OwnDeadLetters(spine.database, spine.inbox, audit, spine.clock)
    return [audit_api(spine.database, audit, token), dead_api(letters, token)]


def _vitals(settings: NotifierSettings, spine: Spine, engine: Engine, ways: Mapping[str, WayOut | None]) -> Vitals:
    probes = notifier_probes(engine.breakers, ways, spine.database, spine.clock)
    return Vitals.of(spine, vitals, Surroundings("notifier", settings.common.data, probes))


def _watching(settings: NotifierSettings, spine: Spine, destinations: Destinations) -> Worker:
    broker_url = settings.common.broker_url
    old_queues = BrokerQueues(spine.database, spine.clock, broker_url) if broker_url else None
    watch = Watch(spine.database, spine.clock, spine.metrics, destinations, old_queues)
    return Worker("notifier-watch", WatchStepper(watch), spine.clock)


def _to_our_own(settings: NotifierSettings, plans: Plans, sealer: Sealer) -> dict[str, Handler]:
    """Handlers of what is told to those who work for the city."""
    auditors = AuditorHandlers(plans, sealer, settings.auditors, settings.desk_url)
    return PersonHandlers(plans, sealer).table() | auditors.table()


def _composer(settings: NotifierSettings, pack: CityPack, wordings: Wordings | None) -> Composer:
    common = settings.common
    return Composer(
        city=pack.city,
        wordings=wordings or load_wordings(common.pack / "wording", pack.notifications.languages),
        public_url=settings.public_url,
        desk_url=settings.desk_url,
        mail_from=settings.mail_from,
        sms_sender=settings.sms_sender,
        marks=ReplyMarks(common.content_keys),
        reply_address=settings.reply_address,
        notifications=pack.notifications,
    )


def _seed(spine: Spine, pack: CityPack) -> None:
    rows = [
        {
            "code": agency.code,
            "revision": 0,
            "name": agency.name,
            "kind": agency.kind,
            "endpoints": agency.endpoints,
            "channels": list(agency.channels),
            "language": agency.language,
            "reminders": agency.reminders,
            "public_contact": agency.public_contact,
        }
        for agency in pack.agencies
    ]
    with spine.database.write() as tx:
        repository.add_missing_agencies(tx, rows)
        begin_timers(tx, spine)
        if spine.database.is_sqlite:  # a file of one process; whoever held a delivery before is dead
            release_all(tx)
