"""From the stored files of a rule set to the function that decides; the pack is only the seed."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from services.router import repository
from services.router.circumstances import Circumstances
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
UNKNOWN = Circumstances()


def pack_ruleset(pack: CityPack) -> RuleSet:
    """The rule set as the pack holds it. Raises `RulesError` that names every problem."""
    return compile_rules(pack.rule_files, pack.spellings)


class ActiveRules:
    """Decides by the active rule set, compiled once."""

    def __init__(self, database: Database, pack: CityPack, clock: Clock) -> None:
        self._database = database
        self._pack = pack
        self._clock = clock
        self._decide: Callable[[str, Place, Circumstances], Decision] | None = None

    def load(self) -> None:
        """Reads and compiles what is active; activates the pack's rules when nothing is, and never replaces any."""
        with self._database.read() as connection:
            active = repository.active_ruleset(connection)
        if active is None:
            active = self._activate_pack()
        ruleset = compile_rules([RuleFile(name, text) for name, text in active[1].items()], self._pack.spellings)
        if active[1] != _files(self._pack):
            log.warning("pack_rules_differ", active=active[0])
        self._decide = decider(ruleset, self._pack)

    def __call__(self, text: str, place: Place, beside: Circumstances = UNKNOWN) -> Decision:
        if self._decide is None:
            self.load()
        assert self._decide is not None
        return self._decide(text, place, beside)

    def _activate_pack(self) -> tuple[str, dict[str, str]]:
        ruleset, files = pack_ruleset(self._pack), _files(self._pack)
        with self._database.write() as tx:
            active = repository.active_ruleset(tx.connection)  # another process may have been faster
            if active is None:
                repository.activate_ruleset(tx, ruleset.id, files, self._clock.now())
        return active or (ruleset.id, files)


def _files(pack: CityPack) -> dict[str, str]:
    return {file.path: file.text for file in pack.rule_files}


def decider(ruleset: RuleSet, pack: CityPack) -> Callable[..., Decision]:
    """`decide(text, place, circumstances)` for one city. What is not known meets no condition of a rule."""
    gazetteer, timezone = Gazetteer(pack, ruleset.lexicon), ZoneInfo(pack.city.timezone)

    def decide_text(text: str, place: Place, beside: Circumstances = UNKNOWN) -> Decision:
        known = _known_place(place, gazetteer)
        return decide(text, ruleset, gazetteer, place=known, facts=beside.facts(timezone))

    return decide_text


def _known_place(place: Place, gazetteer: Gazetteer) -> DecidedPlace | None:
    """The place that the citizen chose in the form, if any."""
    if place.kelurahan:
        return gazetteer.place_of(place.kelurahan)
    return DecidedPlace(place.kecamatan) if place.kecamatan else None
