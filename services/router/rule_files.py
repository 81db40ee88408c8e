"""The files of a rule set: the rules of a pack and its spellings, by name.

They are all that belongs to a set. Areas and agencies do not: form, desk and router have to agree about them, so they
are the city's. A set names them, and lint checks the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.router.lint import lint_rules
from services.router.rule import RuleProblem, RulesError
from services.router.rules import RuleSet, compile_rules
from shared.city import Agency, CityPack, RuleFile
from shared.citypack import SPELLINGS_FILE, read_spellings
from shared.marked_yaml import Problem

Files = Mapping[str, str]
"""Texts by name: `rules/NAME.yaml`, and `spellings.yaml`."""

_NAME = re.compile(r"rules/[^./\\\x00-\x1f\ud800-\udfff][^/\\\x00-\x1f\ud800-\udfff]{0,119}\.yaml")
"""Whatever a pack may hold, but nothing that leads out of its folder when a set is written there."""


def is_file_name(name: str) -> bool:
    """Whether a file of a rule set may be called so."""
    return name == SPELLINGS_FILE or bool(_NAME.fullmatch(name))


def files_of(pack: CityPack) -> dict[str, str]:
    """The rule set that lies in a pack."""
    found = {file.path: file.text for file in pack.rule_files}
    return {**found, SPELLINGS_FILE: pack.spellings_text} if pack.spellings_text else found


def city_with(pack: CityPack, files: Files) -> CityPack:
    """The city, deciding by these files. Sets without spellings, as they were stored once, have the pack's.

    Raises `RulesError` for names that are none of a rule set, and for spellings that cannot be read.
    """
    city, problems = _read(pack, files)
    if problems:
        raise RulesError(tuple(problems))
    return city


def whole(files: Files, pack: CityPack) -> dict[str, str]:
    """The files with the spellings that a set has which was stored without: those of the pack."""
    return {SPELLINGS_FILE: pack.spellings_text, **files} if pack.spellings_text else dict(files)


def compile_files(files: Files, pack: CityPack) -> RuleSet:
    """Raises `RulesError` with every error that keeps the set from being used."""
    city = city_with(pack, files)
    return compile_rules(city.rule_files, city.spellings)


def lint_files(files: Files, pack: CityPack, known: Iterable[Agency] = ()) -> tuple[RuleProblem, ...]:
    """Every problem of these files in this city. `known` are agencies beside those of the pack. Never raises."""
    city, problems = _read(pack, files)
    codes = {agency.code for agency in pack.agencies}
    more = tuple(agency for agency in known if agency.code not in codes)
    found = [*problems, *lint_rules(city.rule_files, replace(city, agencies=(*city.agencies, *more)))]
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.rule, problem.what)))


def _read(pack: CityPack, files: Files) -> tuple[CityPack, list[RuleProblem]]:
    wrong = sorted(name for name in files if name != SPELLINGS_FILE and not _NAME.fullmatch(name))
    rules = tuple(RuleFile(name, files[name]) for name in sorted(files) if _NAME.fullmatch(name))
    found = [
        RuleProblem(name[:100], 0, "", "This is no name of a file of rules.", "Write `rules/NAME.yaml`.")
        for name in wrong
    ]
    if not rules:
        found.append(RuleProblem("rules/", 0, "", "There are no rules.", "Add at least one file ending in `.yaml`."))
    if SPELLINGS_FILE not in files:
        return replace(pack, rule_files=rules), found
    problems: list[Problem] = []
    text = files[SPELLINGS_FILE]
    spellings = read_spellings(text, problems)
    found += [RuleProblem(one.file, one.line, "", one.what, one.instead) for one in problems]
    return replace(pack, rule_files=rules, spellings=spellings, spellings_text=text), found
