"""From the stored files of a rule set to the function that decides; the pack is only the seed."""

from __future__ import annotations

from collections.abc import Callable

from services.router import repository
from services.router.decide import Decision, decide
from services.router.places import Gazetteer
from services.router.places import Place as DecidedPlace
from services.router.rules import RuleSet, compile_rules
from shared.citypack import CityPack, RuleFile
from shared.clock import Clock
from shared.contracts.fields import Place
from shared.observability.logs import get_logger
from shared.storage.database import Database

log = get_logger("ruleset")


def pack_ruleset(pack: CityPack) -> RuleSet:
    """The rule set as the pack holds it. Raises `RulesError` that names every problem."""
    return compile_rules(pack.rule_files, pack.spellings)


def ensure_active(database: Database, pack: CityPack, clock: Clock) -> None:
    """Activates the pack's rules when none are active; never replaces what is active."""
    with database.read() as connection:
        active = repository.active_ruleset(connection)
    ruleset = pack_ruleset(pack)
    if active is None:
        files = {file.path: file.text for file in pack.rule_files}
        with database.write() as tx:
            if repository.active_ruleset(tx.connection) is None:
                repository.activate_ruleset(tx, ruleset.id, files, clock.now())
    elif active[0] != ruleset.id:
        log.warning("pack_rules_differ", active=active[0], pack=ruleset.id)


class ActiveRules:
    """Decides by the active rule set, which it reads and compiles once, on first use."""

    def __init__(self, database: Database, pack: CityPack) -> None:
        self._database = database
        self._pack = pack
        self._decide: Callable[[str, Place], Decision] | None = None

    def __call__(self, text: str, place: Place) -> Decision:
        if self._decide is None:
            self._decide = decider(self._read(), self._pack)
        return self._decide(text, place)

    def _read(self) -> RuleSet:
        with self._database.read() as connection:
            active = repository.active_ruleset(connection)
        if active is None:
            return pack_ruleset(self._pack)
        files = [RuleFile(name, text) for name, text in sorted(active[1].items())]
        return compile_rules(files, self._pack.spellings)


def decider(ruleset: RuleSet, pack: CityPack) -> Callable[[str, Place], Decision]:
    gazetteer = Gazetteer(pack, ruleset.lexicon)

    def decide_text(text: str, place: Place) -> Decision:
        known = _known_place(place, gazetteer)
        return decide(text, ruleset, gazetteer, place=known)

    return decide_text


def _known_place(place: Place, gazetteer: Gazetteer) -> DecidedPlace | None:
    """The place that the citizen chose in the form, if any."""
    if place.kelurahan:
        return gazetteer.place_of(place.kelurahan)
    return DecidedPlace(place.kecamatan) if place.kecamatan else None
