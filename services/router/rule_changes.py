"""What is different between two rule sets as people wrote them: rules, phrases, weights, spellings. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.router.conditions import as_data
from services.router.rule import Rule, Settings, Thanks
from services.router.rule_files import Files, city_with
from services.router.rule_reading import RuleReading, read_rules
from services.router.text import Lexicon
from shared.city import CityPack, Negation, Spellings

_SAID = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Change:
    """`where` is a rule's id, or `general`, or `spellings`; `what` the part of it. None: it is not there."""

    where: str
    what: str
    old: str | None
    new: str | None

    def as_dict(self) -> dict[str, str | None]:
        return {"where": self.where, "what": self.what, "old": self.old, "new": self.new}


def compare_files(old: Files, new: Files, pack: CityPack) -> list[Change]:
    """Every difference that can decide something; comments, order and examples are none. Raises `RulesError`."""
    before, after = (_said(files, pack) for files in (old, new))
    keys = sorted(before.keys() | after.keys())
    return [
        Change(*key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)
    ]  # fmt: skip


def _said(files: Files, pack: CityPack) -> dict[tuple[str, str], str]:
    """All that a set says, by where and what."""
    city = city_with(pack, files)
    reading = read_rules(city.rule_files, Lexicon(city.spellings))
    said = {("general", what): text for what, text in _general(reading)}
    said |= {("spellings", what): text for what, text in _spellings(city.spellings)}
    for rule in reading.rules.values():
        said |= {(rule.id, what): text for what, text in _rule(rule)}
    return said


def _general(reading: RuleReading) -> Iterator[tuple[str, str]]:
    settings, thanks = reading.settings or Settings(), reading.thanks or Thanks()
    for name in Settings.__dataclass_fields__:
        yield f"settings {name}", str(getattr(settings, name))
    for name in Thanks.__dataclass_fields__:
        yield from _members(f"thanks {name}", getattr(thanks, name))
    yield from _members("idiom", reading.idioms)


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "rule", f"{rule.agency}: {rule.about}"
    for name, weights in (("phrase", rule.phrases), ("pattern", rule.patterns)):
        yield from ((f"{name} {phrase}", f"{weight:+d}") for phrase, weight in weights.items())
    yield from _members("not", rule.vetoes)
    yield from _members("also", rule.also)
    if rule.when is not None:
        yield "when", json.dumps(as_data(rule.when), ensure_ascii=False)
    for name, usual in (("urgent", False), ("emergency", False), ("priority", 0), ("bias", 0)):
        value: Any = getattr(rule, name)
        if value != usual:
            yield name, _SAID[value] if isinstance(value, bool) else f"{value:+d}"


def _spellings(spellings: Spellings) -> Iterator[tuple[str, str]]:
    for name, words in (("word", spellings.words), ("Sundanese word", spellings.sundanese)):
        yield from _pairs(name, words)
    for name in ("protected", "fillers", "no_content", "sundanese_marks"):
        yield from _members(name, getattr(spellings, name))
    for negation in spellings.negations:
        yield f"negation {', '.join(sorted(negation.words))}", _negation(negation)


def _negation(negation: Negation) -> str:
    told = [f"reach {negation.reach}"]
    for name in ("unless_next", "only_with", "over"):
        if words := getattr(negation, name):
            told.append(f"{name} {', '.join(sorted(words))}")
    return "; ".join(told)


def _pairs(name: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"{name} {written}", meant) for written, meant in words.items())


def _members(name: str, words: Any) -> Iterator[tuple[str, str]]:
    return ((f"{name} {word}", _SAID[True]) for word in words)
