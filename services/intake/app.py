"""Intake's composition root: what is built from what, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from services.intake import repository, repository_answer_photos
from services.intake.config import IntakeSettings
from services.intake.deadlines import TIMEOUT_SECONDS, CaseDeadlines
from services.intake.handlers import IntakeHandlers
from services.intake.mail.room import MailRoom
from services.intake.parts import IntakeParts
from services.intake.privacy import purging
from services.intake.site import build_site
from services.intake.sms_talk import questions as sms_questions
from services.intake.sms_talk.joining import PartsWorker
from services.intake.tables import vitals
from services.intake.vitals import ChannelLook, mailbox_probes
from services.intake.web import contact_checks
from shared import erasing
from shared.citypack import CityPack
from shared.clock import Clock
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.service import Service, Spine, relay_worker, spine_workers
from shared.storage.database import Database, Transaction
from shared.timers import Timer, TimerHandler
from shared.vitals.worker import Surroundings, Vitals
from shared.web.base import add_health, create_web
from shared.web.internal import InternalClient
from shared.workers import Worker

MIGRATIONS = Path(__file__).parent / "migrations"
_FORGET = "forget_counts"
_FORGET_EVERY = timedelta(hours=12)
_UNSENT_PHOTOS_KEPT = timedelta(days=40)  # longer than the desk keeps a draft


def build(
    settings: IntakeSettings,
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    metrics: Metrics,
    pack: CityPack,
    with_mail: bool = False,
    desk_address: Callable[[], str] | None = None,
) -> Service:
    """Form, API, SMS, tracking and internal API; with `with_mail` the SMTP listener too, in the same process.

    `desk_address` says where the desk's internal API is, if that is not known yet; else the settings do.
    """
    parts = IntakeParts.of(settings, database, broker, clock, metrics, pack)
    web = build_site(settings, parts, metrics, _deadlines(settings, desk_address, clock))
    room = MailRoom.of(settings, parts) if with_mail else None
    handlers = IntakeHandlers(pack, parts.door)
    timers = {
        _FORGET: _forgetting(parts.spine, parts.attachments.remove),
        purging.TIMER: parts.purge.step,
        erasing.KIND: parts.purge.erasing.again,
        sms_questions.TIMER: parts.sms.questions.lapse,
        contact_checks.TIMER: parts.checks.forget,
    }
    workers = spine_workers(
        parts.spine, handlers.table(), timers, handlers.foresee, parts.purge.erasing.remove, hurried=False
    )  # fmt: skip
    workers.append(Worker("intake-sms-parts", PartsWorker(parts.sms.joining, parts.spine.bells), clock))
    service = Service(
        name="intake",
        spine=parts.spine,
        web=web,
        workers=[*workers, *(room.workers if room else [])],
        migrations=MIGRATIONS,
        warnings=lambda: _warnings(settings, room),
        seed=lambda: _seed(parts.spine),
        listeners=[*room.listeners] if room else [],
    )
    channels = ChannelLook(database, clock, ZoneInfo(pack.city.timezone)).probe()
    around = Surroundings("intake", settings.common.data, [channels, *mailbox_probes(room)])
    Vitals.of(parts.spine, vitals, around).attend(service, settings.common.service_token)
    _add_health(service, metrics)
    return service


def build_mail(
    settings: IntakeSettings, *, database: Database, broker: Broker, clock: Clock, metrics: Metrics, pack: CityPack
) -> Service:
    """The mail process: listeners and poller on intake's database, a relay for what they store, health pages."""
    parts = IntakeParts.of(settings, database, broker, clock, metrics, pack)
    room = MailRoom.of(settings, parts)
    service = Service(
        name="mail",
        spine=parts.spine,
        web=create_web(__package__, service="mail", metrics=metrics, trusted_proxies=settings.common.trusted_proxies),
        workers=[relay_worker(parts.spine), *room.workers],
        migrations=MIGRATIONS,
        warnings=lambda: _warnings(settings, room, sms=False),
        listeners=[*room.listeners],
    )
    around = Surroundings("mail", settings.common.data, mailbox_probes(room), messages=False)
    Vitals.of(parts.spine, vitals, around).attend(service, settings.common.service_token)
    _add_health(service, metrics)
    return service


def _add_health(service: Service, metrics: Metrics) -> None:
    add_health(
        service.web,
        unready=service.unready,
        warnings=service.warnings,
        stuck=service.stuck_workers,
        metrics=metrics,
    )


def _warnings(settings: IntakeSettings, room: MailRoom | None, *, sms: bool = True) -> list[str]:
    warnings = room.warnings() if room else []
    if settings.common.demo:
        return warnings
    if sms and not settings.sms_token:
        warnings.append("TANGGAP_SMS_TOKEN is not set: SMS are taken from this machine only")
    if room and not settings.mail_addresses:
        warnings.append("TANGGAP_MAIL_ADDRESSES is not set: every mail is refused")
    if sms and not settings.public_url.startswith("https://"):
        warnings.append("TANGGAP_PUBLIC_URL does not begin with https://: tracking codes travel in clear")
    return warnings


def _deadlines(settings: IntakeSettings, desk_address: Callable[[], str] | None, clock: Clock) -> CaseDeadlines:
    def client() -> InternalClient | None:
        url = desk_address() if desk_address else settings.desk_internal_url
        token = settings.common.service_token
        return InternalClient(url, token, timeout_seconds=TIMEOUT_SECONDS) if url else None

    return CaseDeadlines(client, clock)


def _seed(spine: Spine) -> None:
    with spine.database.write() as tx:
        spine.timers.set_if_absent(tx, _FORGET, "", spine.clock.now() + _FORGET_EVERY)
        spine.timers.set_if_absent(tx, purging.TIMER, "", spine.clock.now() + purging.EVERY)


def _forgetting(spine: Spine, remove_file: Callable[[str], None]) -> TimerHandler:
    """Limits count hours and days; older counts serve nothing."""

    def forget(tx: Transaction, _timer: Timer) -> datetime:
        now = spine.clock.now()
        before = now - timedelta(days=2)
        repository.forget_counts(tx, before_day=before.date().isoformat(), before=before)
        repository_answer_photos.forget_unsent(tx, now - _UNSENT_PHOTOS_KEPT, remove_file)
        return now + _FORGET_EVERY

    return forget
