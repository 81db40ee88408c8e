"""What a rule set says, as a short hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from services.router.conditions import as_data
from services.router.rule import LONGEST, Rule, Settings, Thanks
from services.router.rule_reading import RuleReading
from shared.citypack import Spellings


def identify(reading: RuleReading, settings: Settings, thanks: Thanks, spellings: Spellings) -> str:
    """Twelve signs, equal for sets that decide alike. What a set does not use does not enter, so that sets written
    before it existed keep their id."""
    negations = sorted(
        [sorted(item.words), item.reach, sorted(item.unless_next), sorted(item.only_with), *_given(sorted(item.over))]
        for item in spellings.negations
    )
    said: dict[str, Any] = {
        "rules": [_rule(rule) for rule in sorted(reading.rules.values(), key=lambda rule: rule.id)],
        "idioms": sorted(set(reading.idioms)),
        "settings": [settings.minimum_score, settings.margin, settings.also_score],
        "spellings": sorted(spellings.words.items()),
        "words": [sorted(spellings.protected), sorted(spellings.fillers), sorted(spellings.no_content)],
        "negations": negations,
    }
    if (settings.overlap, settings.opening_words) != (LONGEST, 0):
        said["counting"] = [settings.overlap, settings.opening_words]
    if settings.margin_words:
        said["margin_words"] = settings.margin_words
    if thanks != Thanks():
        said["thanks"] = [sorted(texts) for texts in (thanks.phrases, thanks.done, thanks.resolved, thanks.unless)]
    if spellings.sundanese or spellings.sundanese_marks:
        said["sundanese"] = [sorted(spellings.sundanese.items()), sorted(spellings.sundanese_marks)]
    text = json.dumps(said, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _rule(rule: Rule) -> list[Any]:
    said: list[Any] = [rule.id, rule.agency, rule.about, rule.urgent, rule.emergency]
    said += [sorted(rule.phrases.items()), sorted(rule.vetoes), sorted(rule.also)]
    more: dict[str, Any] = {
        "patterns": sorted(rule.patterns.items()),
        "when": as_data(rule.when) if rule.when is not None else None,
        "priority": rule.priority,
        "bias": rule.bias,
    }
    return said + _given({key: value for key, value in more.items() if value})


def _given(value: Any) -> list[Any]:
    return [value] if value else []
