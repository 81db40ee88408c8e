"""Putting the router together: its only composition root."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from services.router import repository
from services.router.config import RouterSettings
from services.router.erasing import Eraser
from services.router.handlers import Decide, RouterHandlers
from services.router.in_force import BELL, RulesFollower, RulesInForce
from services.router.proposing.proposals import Proposals
from services.router.proposing.trial_worker import BELL as TRIALS
from services.router.proposing.trial_worker import TrialWorker
from services.router.tables import audit, messaging, vitals
from services.router.versions import Versions
from services.router.views import rules_api
from services.router.vitals import rules_look
from shared.citypack import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.dead_letters import OwnDeadLetters
from shared.erasing import Erasing
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service, build_spine, spine_workers
from shared.storage.database import Database
from shared.vitals.looking import Probe
from shared.vitals.worker import Surroundings, Vitals
from shared.web.base import add_health, create_web
from shared.web.internal_audit import audit_api
from shared.web.internal_dead import dead_api
from shared.workers import Worker

MIGRATIONS = Path(__file__).parent / "migrations"


def build(
    settings: RouterSettings,
    *,
    database: Database,
    broker: Broker,
    clock: Clock,
    metrics: Metrics,
    pack: CityPack,
    decide: Decide | None = None,
) -> Service:
    """The router, not yet started. `decide` replaces the rules of the active set."""
    codec = Codec(Sealer(settings.common.content_keys))
    spine = build_spine(
        "router", messaging, database=database, broker=broker, codec=codec, clock=clock, metrics=metrics
    )
    versions = Versions(database, pack, clock, activated=lambda: spine.bells.ring(BELL))
    rules = RulesInForce(versions, metrics, f"{platform.node()}:{os.getpid()}"[:100])
    handlers, erasing = RouterHandlers(spine, decide or rules), Erasing(spine, Eraser(spine).erase)
    web = create_web(__name__, service="router", metrics=metrics)
    proposals = Proposals(versions, settings.four_eyes)
    web.register_blueprint(rules_api(proposals, settings.common.service_token, lambda: spine.bells.ring(TRIALS)))
    web.register_blueprint(audit_api(database, audit, settings.common.service_token))
    letters = OwnDeadLetters(database, spine.inbox, audit, clock)
    web.register_blueprint(dead_api(letters, settings.common.service_token))
    heard = handlers.table() | erasing.table()
    workers = spine_workers(spine, heard, erasing.timers(), foresee=handlers.foresee, erase=erasing.erase)
    workers.append(Worker("router-rules", RulesFollower(rules, spine.bells), clock))
    workers.append(Worker("router-trials", TrialWorker(proposals, spine.bells), clock))
    service = Service("router", spine, web, workers, MIGRATIONS)
    around = Surroundings("router", settings.common.data, [Probe("rules", rules_look(rules.warnings))])
    Vitals.of(spine, vitals, around).attend(service, settings.common.service_token)
    service.warnings = rules.warnings
    service.seed = lambda: _seed(database, pack, rules)
    add_health(web, unready=service.unready, warnings=service.warnings, stuck=service.stuck_workers, metrics=metrics)
    return service


def _seed(database: Database, pack: CityPack, rules: RulesInForce) -> None:
    rules.load()
    rows = [{"code": a.code, "revision": 0, "name": a.name, "kind": a.kind} for a in pack.agencies]
    with database.write() as tx:
        repository.add_missing_agencies(tx, rows)
