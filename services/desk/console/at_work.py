"""The console's parts as the desk's process has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.desk.config import DeskSettings
from services.desk.console.around import Around
from services.desk.console.console import Console
from services.desk.console.looks import DeadlineLook, audit_probe, certificate_files, certificate_probe
from services.desk.neighbours import Neighbours
from services.desk.tables import audit, vitals
from shared.city import CityPack
from shared.dead_letters import DeadLetters, OwnDeadLetters
from shared.service import Spine
from shared.vitals.looking import Probe
from shared.vitals.probes import DiskUsage
from shared.vitals.worker import Surroundings, Vitals


@dataclass(frozen=True)
class ConsoleAtWork:
    """`vitals` looks, `console` shows what it saw."""

    vitals: Vitals
    console: Console
    dead: Mapping[str, DeadLetters]

    @staticmethod
    def of(
        settings: DeskSettings, spine: Spine, pack: CityPack, neighbours: Neighbours, disk: DiskUsage
    ) -> ConsoleAtWork:
        around = Around(neighbours.vitals)
        probes = [*around.probes(), *_own_probes(settings, spine, pack)]
        looks = Surroundings(spine.name, settings.common.data, probes, disk=disk, offsets=around.offsets)
        seen = Vitals.of(spine, vitals, looks)
        stack = bool(settings.common.broker_url)
        console = Console(seen.board, around, spine.clock, stack=stack, runbook=settings.runbook_url)
        own = OwnDeadLetters(spine.database, spine.inbox, audit, spine.clock)
        return ConsoleAtWork(seen, console, {**neighbours.others_dead, spine.name: own})


def _own_probes(settings: DeskSettings, spine: Spine, pack: CityPack) -> list[Probe]:
    probes = [
        DeadlineLook(spine.database, pack.calendar, spine.clock).probe(),
        certificate_probe(certificate_files(settings.certificates), spine.clock),
    ]
    return [*probes, audit_probe(spine.database, spine.clock)] if settings.audit_keys else probes
