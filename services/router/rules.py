"""The rules as people write them, read into a rule set.

`compile_rules` gives a `RuleSet` or says everything that is wrong. The id of a rule set is a hash of what its rules,
settings and spellings say: the order of files and rules and the comments do not change it, examples do not either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.router.matcher import Phrase, PhraseTable
from services.router.text import Lexicon
from shared.citypack import RuleFile, Spellings
from shared.errors import TanggapError
from shared.marked_yaml import Problem, Section, as_integer, read_section

LARGEST_WEIGHT = 100
_PATTERN_SIGNS = frozenset("*?[]{}|^$\\+")


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing wrong with the rules. `level` is `error` (the set cannot be used) or `warning`."""

    file: str
    line: int
    rule: str
    what: str
    instead: str
    level: str = "error"

    def __str__(self) -> str:
        rule = f" rule `{self.rule}`:" if self.rule else ""
        return f"{self.file}:{self.line}:{rule} {self.what} {self.instead}".rstrip()


class RulesError(TanggapError):
    """The rules cannot be used. `problems` holds everything found in one reading, the message prints them."""

    code = "rules"

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        super().__init__("The rules have mistakes:\n" + "\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of complaint, by the phrases that speak for it. `vetoes` are the phrases that silence the rule."""

    id: str
    agency: str
    about: str
    phrases: Mapping[str, int]
    vetoes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    urgent: bool = False
    emergency: bool = False
    matching: tuple[Example, ...] = ()
    not_matching: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0
    phrase_lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """When a decision stands: enough score, and enough distance to the second.

    A second matter in other words of the text is told its agency too from `also_score` on.
    """

    minimum_score: int = 3
    margin: int = 1
    also_score: int = 5


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Rules ready to decide with; `id` is equal for sets that decide alike."""

    id: str
    rules: Mapping[str, Rule]
    settings: Settings
    lexicon: Lexicon
    table: PhraseTable


@dataclass(slots=True)
class RuleReading:
    """What files of rules say, and everything that is wrong with them."""

    rules: dict[str, Rule] = field(default_factory=dict)
    idioms: list[str] = field(default_factory=list)
    settings: Settings | None = None
    problems: list[RuleProblem] = field(default_factory=list)


def compile_rules(files: Iterable[RuleFile], spellings: Spellings | None = None) -> RuleSet:
    """The rule set of these files. Raises `RulesError` with every error; warnings are for `lint_rules`."""
    lexicon = Lexicon(spellings or Spellings())
    reading = read_rules(files, lexicon)
    errors = tuple(problem for problem in reading.problems if problem.level == "error")
    if errors:
        raise RulesError(errors)
    return build_rule_set(reading, lexicon)


def build_rule_set(reading: RuleReading, lexicon: Lexicon) -> RuleSet:
    """A rule set of what could be read, for `compile_rules` and for running examples in spite of mistakes."""
    settings = reading.settings or Settings()
    table = PhraseTable(_phrases(reading, lexicon))
    rules = MappingProxyType({name: reading.rules[name] for name in sorted(reading.rules)})
    return RuleSet(_hash(reading, settings, lexicon.spellings), rules, settings, lexicon, table)


def read_rules(files: Iterable[RuleFile], lexicon: Lexicon) -> RuleReading:
    """Read files of rules, whatever their state. Never raises."""
    reading = RuleReading()
    for file in sorted(files, key=lambda file: (file.path, file.text)):
        problems: list[Problem] = []
        top = read_section(file.path, file.text, problems)
        _read_general(top, reading)
        parts = top.sections("rules")
        top.finish()
        _take_problems(reading, problems, "")
        for part in parts:
            _read_rule(part, problems, reading, lexicon)
    reading.problems.sort(key=lambda problem: (problem.file, problem.line, problem.rule, problem.what))
    return reading


def _read_general(top: Section, reading: RuleReading) -> None:
    reading.idioms.extend(top.texts("idioms"))
    if "settings" in top.entries and reading.settings is not None:
        top.complain("There are settings in another file too.", "Keep them in one file.", top.line_of("settings"))
    part = top.section("settings")
    known = Settings()
    found = Settings(
        minimum_score=part.integer("minimum_score", default=known.minimum_score),
        margin=part.integer("margin", default=known.margin),
        also_score=part.integer("also_score", default=known.also_score),
    )
    part.finish()
    if min(found.minimum_score, found.margin, found.also_score) < 1:
        part.complain("Settings should be 1 or more.", "Write for instance `margin: 1`.")
    if "settings" in top.entries:
        reading.settings = found


def _read_rule(part: Section, problems: list[Problem], reading: RuleReading, lexicon: Lexicon) -> None:
    rule = _rule(part)
    part.finish()
    reading.problems.extend(_check_phrases(rule, lexicon))
    other = reading.rules.get(rule.id)
    if other is not None and rule.id:
        part.complain(f"The id is taken by {other.file}:{other.line}.", "Choose another id.", part.line_of("id"))
    _take_problems(reading, problems, rule.id)
    if rule.id and other is None:
        reading.rules[rule.id] = rule


def _rule(part: Section) -> Rule:
    examples = part.section("examples")
    rule = Rule(
        id=part.text("id"),
        agency=part.text("agency"),
        about=part.text("about"),
        phrases=_weights(part),
        vetoes=part.texts("not"),
        also=part.texts("also"),
        urgent=part.flag("urgent"),
        emergency=part.flag("emergency"),
        matching=tuple(Example(text, line) for text, line in examples.lined_texts("match")),
        not_matching=tuple(Example(text, line) for text, line in examples.lined_texts("no_match")),
        file=part.file,
        line=part.line,
        phrase_lines={phrase: line for phrase, _, line in part.pairs("phrases")} | dict(part.lined_texts("not")),
    )
    examples.finish()
    return rule


def _weights(part: Section) -> Mapping[str, int]:
    weights: dict[str, int] = {}
    for phrase, written, line in part.pairs("phrases", required=True):
        weight = as_integer(written)
        if weight is None or weight == 0 or abs(weight) > LARGEST_WEIGHT:
            part.complain(
                f"The weight of `{phrase}` should be a whole number, not `{written}`.",
                f"Write `{phrase}: 3` (1 a hint, 3 enough alone, 5 sure).",
                line,
            )
        else:
            weights[phrase] = weight
    if not weights:
        part.complain("The rule has no phrases.", "Add at least one line `some words: 3` below `phrases:`.")
    return MappingProxyType(weights)


def _check_phrases(rule: Rule, lexicon: Lexicon) -> Iterable[RuleProblem]:
    """Phrases that cannot do what their author thinks.

    Only patterns are errors. The others depend on the spellings too, and a new spelling must not stop stored rules.
    """
    seen: dict[tuple[str, ...], str] = {}
    for phrase in (*rule.phrases, *rule.vetoes):
        words = lexicon.words_of(phrase)
        line = rule.phrase_lines.get(phrase, rule.line)
        if _PATTERN_SIGNS & set(phrase):
            told = f"`{phrase}` looks like a pattern."
            yield RuleProblem(rule.file, line, rule.id, told, "Phrases are words as written; list each form.")
        elif not words:
            told = f"`{phrase}` holds no word that counts."
            yield RuleProblem(rule.file, line, rule.id, told, "Add a word that says what it is about.", "warning")
        elif words in seen:
            told = f"`{phrase}` is read just like `{seen[words]}`."
            yield RuleProblem(rule.file, line, rule.id, told, "Keep one of them.", "warning")
        seen.setdefault(words, phrase)


def _take_problems(reading: RuleReading, problems: list[Problem], rule: str) -> None:
    reading.problems.extend(RuleProblem(found.file, found.line, rule, found.what, found.instead) for found in problems)
    problems.clear()


def _phrases(reading: RuleReading, lexicon: Lexicon) -> Iterable[Phrase]:
    found = [Phrase("", text, lexicon.words_of(text)) for text in sorted(set(reading.idioms))]
    for rule in reading.rules.values():
        found += [Phrase(rule.id, text, lexicon.words_of(text), weight) for text, weight in rule.phrases.items()]
        found += [Phrase(rule.id, text, lexicon.words_of(text), veto=True) for text in rule.vetoes]
    return [phrase for phrase in found if phrase.words]


def _hash(reading: RuleReading, settings: Settings, spellings: Spellings) -> str:
    rules = [
        [
            *(rule.id, rule.agency, rule.about, rule.urgent, rule.emergency),
            *(sorted(rule.phrases.items()), sorted(rule.vetoes), sorted(rule.also)),
        ]
        for rule in sorted(reading.rules.values(), key=lambda rule: rule.id)
    ]
    negations = sorted(
        [sorted(item.words), item.reach, sorted(item.unless_next), sorted(item.only_with)]
        for item in spellings.negations
    )
    said = {
        "rules": rules,
        "idioms": sorted(set(reading.idioms)),
        "settings": [settings.minimum_score, settings.margin, settings.also_score],
        "spellings": sorted(spellings.words.items()),
        "words": [sorted(spellings.protected), sorted(spellings.fillers), sorted(spellings.no_content)],
        "negations": negations,
    }
    text = json.dumps(said, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
