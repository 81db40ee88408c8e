"""Putting the notifier together: its only composition root."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.notifier import repository
from services.notifier.attempt import Channel, Sending, SendingWorker
from services.notifier.channels.capture import Capture, CaptureFolder
from services.notifier.channels.sms_gateway import ReportAddress, SmsGateway
from services.notifier.channels.smtp import SmtpChannel
from services.notifier.compose import Composer
from services.notifier.config import NotifierSettings
from services.notifier.contacts import ContactDirectory, IntakeContacts
from services.notifier.delivery import CHANNELS, EMAIL, SMS
from services.notifier.handlers import NotifierHandlers
from services.notifier.tables import messaging
from services.notifier.views import internal_api
from shared.citypack import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.reply_marks import ReplyMarks
from shared.sealing import Sealer
from shared.service import Service, build_spine, spine_workers
from shared.storage.database import Database
from shared.web.base import add_health, create_web
from shared.web.internal import InternalClient
from shared.wording import Wording, load_wording
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
    channels: Mapping[str, Channel | None] | None = None,
    wording: Wording | None = None,
) -> Service:
    """The notifier, not yet started. `channels` replaces the ways out; None for a channel: not configured.

    Raises `PackError` when the pack's wording cannot be used.
    """
    common = settings.common
    codec = Codec(Sealer(common.content_keys))
    spine = build_spine(
        "notifier", messaging, database=database, broker=broker, codec=codec, clock=clock, metrics=metrics
    )
    chosen = channels if channels is not None else ways_out(settings)
    composer = Composer(
        city=pack.city,
        wording=wording or load_wording(common.pack / "wording" / pack.city.language),
        public_url=settings.public_url,
        desk_url=settings.desk_url,
        mail_from=settings.mail_from,
        sms_sender=settings.sms_sender,
        marks=ReplyMarks(common.content_keys),
        reply_address=settings.reply_address,
    )
    directory = contacts or IntakeContacts(InternalClient(settings.intake_url, common.service_token))
    handlers = NotifierHandlers(spine)
    workers = spine_workers(spine, handlers.table(), foresee=handlers.foresee)
    for channel in CHANNELS:
        sending = Sending(channel, spine=spine, channels=chosen, contacts=directory, composer=composer)
        workers.append(Worker(f"notifier-{channel}", SendingWorker(channel, sending, spine.bells), clock))
    web = create_web(__name__, service="notifier", metrics=metrics)
    web.register_blueprint(internal_api(database, _capture_folder(settings), common.service_token))
    service = Service("notifier", spine, web, workers, MIGRATIONS)
    service.warnings = lambda: _warnings(chosen)
    service.seed = lambda: _seed(database, pack)
    add_health(web, unready=service.unready, warnings=service.warnings, stuck=service.stuck_workers, metrics=metrics)
    return service


def ways_out(settings: NotifierSettings) -> dict[str, Channel | None]:
    """What is configured; else captured in a demonstration, and nothing when live."""
    otherwise = Capture(_capture_folder(settings)) if settings.common.demo else None
    return {
        EMAIL: SmtpChannel(settings.smtp_url) if settings.smtp_url else otherwise,
        SMS: SmsGateway(settings.sms_gateway_url, reports=_reports(settings))
        if settings.sms_gateway_url
        else otherwise,
    }


def _reports(settings: NotifierSettings) -> ReportAddress | None:
    url = settings.sms_report_url
    return ReportAddress(url, settings.common.content_keys) if url else None


def _capture_folder(settings: NotifierSettings) -> CaptureFolder:
    return CaptureFolder(settings.common.data / "captured")


def _warnings(channels: Mapping[str, Channel | None]) -> list[str]:
    variables = {EMAIL: "TANGGAP_SMTP_URL", SMS: "TANGGAP_SMS_GATEWAY_URL"}
    return [
        f"{channel} is not configured ({variables[channel]}): its messages end as failed: not_configured"
        for channel in CHANNELS
        if channels.get(channel) is None
    ]


def _seed(database: Database, pack: CityPack) -> None:
    rows = [
        {
            "code": agency.code,
            "revision": 0,
            "name": agency.name,
            "kind": agency.kind,
            "endpoints": {"email": agency.email} if agency.email else {},
        }
        for agency in pack.agencies
    ]
    with database.write() as tx:
        repository.add_missing_agencies(tx, rows)
        if database.is_sqlite:  # a file of one process; whoever held a delivery before is dead
            repository.release_all(tx)
