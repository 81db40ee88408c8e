"""The desk's composition root: everything it is made of is put together here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from services.desk.api import answers as api_answers
from services.desk.auditing.at_work import sealing_warnings, sealing_workers
from services.desk.cases.by_itself import ByItself
from services.desk.cases.clocks import CaseClocks, ClockActs
from services.desk.cases.register import Register
from services.desk.config import DeskSettings
from services.desk.console.at_work import ConsoleAtWork
from services.desk.deadlines.escalation import Escalation
from services.desk.deadlines.keeping import TIMER as CLOCKS_TIMER
from services.desk.deadlines.keeping import Deadlines
from services.desk.deadlines.recounting import TIMER as RECOUNT_TIMER
from services.desk.deadlines.recounting import Recounting, order
from services.desk.deadlines.warnings import calendar_warnings
from services.desk.desk import Desk
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import seed_agencies
from services.desk.erasing import index_words
from services.desk.erasing.eraser import Eraser
from services.desk.handlers import DeskHandlers
from services.desk.neighbours import Neighbours, reached
from services.desk.people import repository as accounts
from services.desk.people.demo import DemoPeople, password_file
from services.desk.people.links import Links
from services.desk.people.oidc import Oidc
from services.desk.people.passwords import Passwords
from services.desk.people.second_factor import SecondFactor
from services.desk.people.sign_in import SignIn
from services.desk.publishing.publisher import Publisher
from services.desk.site import NAME, build_site
from services.desk.statistics import keeping, opening
from services.desk.tables import messaging
from services.desk.working import drafts
from shared.city import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.erasing import Erasing
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service, Spine, build_spine, spine_workers
from shared.storage.database import Database
from shared.timers import TimerHandler
from shared.vitals.probes import DiskUsage, disk_usage
from shared.web.base import add_health
from shared.workers import Worker


def build(
    settings: DeskSettings,
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    metrics: Metrics,
    pack: CityPack,
    demo_password: str | None = None,
    neighbours: Neighbours | None = None,
    passwords: Passwords | None = None,
    disk: DiskUsage = disk_usage,
) -> Service:
    """The desk, ready to be started. In demo mode its logins get `demo_password`, or one kept in the data folder."""
    sealer = Sealer(settings.common.content_keys)
    spine = build_spine(
        NAME, messaging, database=database, broker=broker, codec=Codec(sealer), clock=clock, metrics=metrics
    )  # fmt: skip
    passwords, deadlines = passwords or Passwords(), build_deadlines(spine, pack)
    second = SecondFactor(database, sealer, clock, settings.totp, f"Tanggap {pack.city.name}")
    sign_in = SignIn(database, passwords, clock, settings.common.demo, second)
    neighbours = neighbours or reached(settings, clock)
    watching = ConsoleAtWork.of(settings, spine, pack, neighbours, disk)
    desk = Desk.beside(
        neighbours,
        console=watching.console,
        dead=watching.dead,
        spine=spine,
        pack=pack,
        register=build_register(spine, pack),
        sign_in=sign_in,
        links=Links(spine, sign_in, settings.desk_url),
        oidc=_oidc(settings, clock),
        demo=settings.common.demo,
        demo_password_file=None if demo_password else password_file(settings.common.data),
    )
    web = build_site(settings, desk, metrics)
    service = Service(
        NAME,
        spine,
        web,
        _workers(settings, desk, deadlines),
        migrations=Path(__file__).parent / "migrations",
        warnings=lambda: [*_warnings(database), *_calendar(settings, pack, clock), *sealing_warnings(settings)],
        seed=_seeding(settings, desk, DemoPeople(database, passwords, clock, settings.common.data), demo_password),
    )
    watching.vitals.attend(service, settings.common.service_token)
    add_health(
        web, unready=service.unready, warnings=service.warnings, stuck=service.stuck_workers, metrics=metrics
    )  # fmt: skip
    return service


def _workers(settings: DeskSettings, desk: Desk, deadlines: Deadlines) -> list[Worker]:
    handlers, erasing = DeskHandlers(desk.register), Erasing(desk.spine, Eraser(desk.spine).erase)
    workers = spine_workers(
        desk.spine,
        handlers.table() | erasing.table(),
        _timers(desk, deadlines) | erasing.timers(),
        foresee=handlers.foresee,
        erase=erasing.erase,
        hurried=False,
    )
    return [*workers, *sealing_workers(settings, desk)]


def _oidc(settings: DeskSettings, clock: Clock) -> Oidc | None:
    back = f"{settings.desk_url.rstrip('/')}/login/oidc/back"
    return None if settings.oidc is None else Oidc(settings.oidc, back, clock)


def build_deadlines(spine: Spine, pack: CityPack) -> Deadlines:
    return Deadlines(spine.timers, pack.deadlines, pack.calendar, spine.clock)


def build_register(spine: Spine, pack: CityPack) -> Register:
    """The register of cases; commands that work on cases build the same."""
    return Register(spine, CaseClocks(build_deadlines(spine, pack)), (Publisher(spine, pack).follow_step,))


def _timers(desk: Desk, deadlines: Deadlines) -> dict[str, TimerHandler]:
    register = desk.register
    acts = ClockActs(ByItself(register), deadlines.policy.coordination)
    figures = keeping.FigureKeeping(ZoneInfo(desk.pack.city.timezone))
    return {
        CLOCKS_TIMER: Escalation(deadlines, acts),
        RECOUNT_TIMER: Recounting(deadlines, acts),
        drafts.TIMER: drafts.forgetting(register.spine),
        api_answers.TIMER: api_answers.forgetting(register.spine),
        **figures.timers(register.spine),
        opening.TIMER: opening.Opening(register.spine, figures.zone),
        index_words.TIMER: index_words.merge,
    }


def _seeding(
    settings: DeskSettings, desk: Desk, people: DemoPeople, demo_password: str | None
) -> Callable[[], None]:  # fmt: skip
    def seed() -> None:
        seed_agencies(desk.spine, desk.pack.agencies)
        with desk.spine.database.write() as tx:
            order(tx, build_deadlines(desk.spine, desk.pack))
            drafts.order_forgetting(tx, desk.spine)
            api_answers.order_forgetting(tx, desk.spine)
            keeping.order(tx, desk.spine)
            opening.order(tx, desk.spine)
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


def _calendar(settings: DeskSettings, pack: CityPack, clock: Clock) -> list[str]:
    return [] if settings.common.demo else calendar_warnings(pack.calendar, clock.now())
