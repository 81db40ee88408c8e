"""From the files of a rule set to the function that decides, for one city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from services.router.circumstances import Circumstances
from services.router.decide import Decision, decide
from services.router.places import Gazetteer
from services.router.places import Place as DecidedPlace
from services.router.rule_files import Files, city_with
from services.router.rules import RuleSet, compile_rules
from shared.citypack import CityPack
from shared.contracts.fields import Place

UNKNOWN = Circumstances()
Decider = Callable[[str, Place, Circumstances], Decision]


def pack_ruleset(pack: CityPack) -> RuleSet:
    """The rule set as the pack holds it. Raises `RulesError` that names every problem."""
    return compile_rules(pack.rule_files, pack.spellings)


def decider(ruleset: RuleSet, pack: CityPack) -> Callable[..., Decision]:
    """`decide(text, place, circumstances)` for one city. What is not known meets no condition of a rule."""
    gazetteer, timezone = Gazetteer(pack, ruleset.lexicon), ZoneInfo(pack.city.timezone)

    def decide_text(text: str, place: Place, beside: Circumstances = UNKNOWN) -> Decision:
        known = _known_place(place, gazetteer)
        return decide(text, ruleset, gazetteer, place=known, facts=beside.facts(timezone))

    return decide_text


def decider_of(files: Files, pack: CityPack, ruleset_id: str | None = None) -> tuple[RuleSet, Decider]:
    """The rule set of these files, ready to decide in this city. Raises `RulesError`.

    A stored set keeps the id under which it was stored, whatever this version of the program would call it.
    """
    city = city_with(pack, files)
    ruleset = compile_rules(city.rule_files, city.spellings)
    if ruleset_id is not None and ruleset.id != ruleset_id:
        ruleset = replace(ruleset, id=ruleset_id)
    return ruleset, decider(ruleset, city)


def _known_place(place: Place, gazetteer: Gazetteer) -> DecidedPlace | None:
    """The place that the citizen chose in the form, if any."""
    if place.kelurahan:
        return gazetteer.place_of(place.kelurahan)
    return DecidedPlace(place.kecamatan) if place.kecamatan else None
