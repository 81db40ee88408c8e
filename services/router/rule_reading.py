"""Files of rules read into rules, with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.router.condition_reading import ConditionReader
from services.router.patterns import BadPattern, check_pattern
from services.router.phrases import BadPhrase, split_phrase
from services.router.rule import EVERY, LONGEST, Example, Rule, RuleProblem, Settings, Thanks
from services.router.text import Lexicon
from shared.citypack import RuleFile
from shared.marked_yaml import Problem, Section, as_integer, read_section

LARGEST_WEIGHT = 100
LARGEST_PRIORITY = 9
MOST_PATTERNS = 20


@dataclass(slots=True)
class RuleReading:
    """What files of rules say, and everything that is wrong with them."""

    rules: dict[str, Rule] = field(default_factory=dict)
    idioms: list[str] = field(default_factory=list)
    settings: Settings | None = None
    thanks: Thanks | None = None
    problems: list[RuleProblem] = field(default_factory=list)


def read_rules(files: Iterable[RuleFile], lexicon: Lexicon) -> RuleReading:
    """Read files of rules, whatever their state. Never raises."""
    reading = RuleReading()
    for file in sorted(files, key=lambda file: (file.path, file.text)):
        problems: list[Problem] = []
        top = read_section(file.path, file.text, problems)
        _read_general(top, reading, lexicon)
        parts = top.sections("rules")
        top.finish()
        _take_problems(reading, problems, "")
        for part in parts:
            _read_rule(part, problems, reading, lexicon)
    reading.problems.sort(key=lambda problem: (problem.file, problem.line, problem.rule, problem.what))
    return reading


def _read_general(top: Section, reading: RuleReading, lexicon: Lexicon) -> None:
    for idiom, line in top.lined_texts("idioms"):
        _check_phrase(top, idiom, line, lexicon)
        reading.idioms.append(idiom)
    for key, taken in (("settings", reading.settings), ("thanks", reading.thanks)):
        if key in top.entries and taken is not None:
            top.complain(f"There are {key} in another file too.", "Keep them in one file.", top.line_of(key))
    settings, thanks = _settings(top.section("settings")), _thanks(top.section("thanks"))
    if "settings" in top.entries:
        reading.settings = settings
    if "thanks" in top.entries:
        reading.thanks = thanks


def _settings(part: Section) -> Settings:
    known = Settings()
    found = Settings(
        minimum_score=part.integer("minimum_score", default=known.minimum_score),
        margin=part.integer("margin", default=known.margin),
        also_score=part.integer("also_score", default=known.also_score),
        overlap=part.text("overlap", required=False, default=known.overlap),
        opening_words=part.integer("opening_words", default=known.opening_words),
        margin_words=part.integer("margin_words", default=known.margin_words),
    )
    part.finish()
    if found.overlap not in (LONGEST, EVERY):
        part.complain(f"`overlap: {found.overlap}` is not known.", f"Write `{LONGEST}` or `{EVERY}`.")
    for name in ("opening_words", "margin_words"):
        if getattr(found, name) < 0:
            part.complain(f"`{name}` should be 0 or more.", "Leave it out.")
    if min(found.minimum_score, found.margin, found.also_score) < 1:
        part.complain("Settings should be 1 or more.", "Write for instance `margin: 1`.")
    return found


def _thanks(part: Section) -> Thanks:
    found = Thanks(part.texts("phrases"), part.texts("done"), part.texts("resolved"), part.texts("unless"))
    part.finish()
    return found


def _read_rule(part: Section, problems: list[Problem], reading: RuleReading, lexicon: Lexicon) -> None:
    rule = _rule(part, lexicon)
    part.finish()
    reading.problems.extend(_check_phrases(rule, lexicon))
    other = reading.rules.get(rule.id)
    if other is not None and rule.id:
        part.complain(f"The id is taken by {other.file}:{other.line}.", "Choose another id.", part.line_of("id"))
    _take_problems(reading, problems, rule.id)
    if rule.id and other is None:
        reading.rules[rule.id] = rule


def _rule(part: Section, lexicon: Lexicon) -> Rule:
    examples = part.section("examples")
    phrases, patterns = _weights(part, "phrases"), _weights(part, "patterns")
    if not phrases and not patterns:
        part.complain("The rule has no phrases.", "Add at least one line `some words: 3` below `phrases:`.")
    when = part.section("when")
    lines = {phrase: line for phrase, _, line in part.pairs("phrases")} | dict(part.lined_texts("not"))
    for phrase, line in lines.items():
        _check_phrase(part, phrase, line, lexicon)
    patterns = _good_patterns(part, patterns)
    rule = Rule(
        id=part.text("id"),
        agency=part.text("agency"),
        about=part.text("about"),
        phrases=phrases,
        vetoes=part.texts("not"),
        patterns=patterns,
        when=ConditionReader(lambda text: split_phrase(text, lexicon)).read(when) if "when" in part.entries else None,
        also=part.texts("also"),
        urgent=part.flag("urgent"),
        emergency=part.flag("emergency"),
        priority=_priority(part),
        bias=part.integer("bias", default=0),
        matching=tuple(Example(text, line) for text, line in examples.lined_texts("match")),
        not_matching=tuple(Example(text, line) for text, line in examples.lined_texts("no_match")),
        file=part.file,
        line=part.line,
        phrase_lines=lines,
    )
    examples.finish()
    return rule


def _priority(part: Section) -> int:
    priority = part.integer("priority", default=0)
    if abs(priority) > LARGEST_PRIORITY:
        part.complain(
            f"`priority` should be from -{LARGEST_PRIORITY} to {LARGEST_PRIORITY}.",
            "Leave it out unless this rule must win over others whatever the scores.",
            part.line_of("priority"),
        )
    return priority


def _weights(part: Section, key: str) -> Mapping[str, int]:
    weights: dict[str, int] = {}
    for phrase, written, line in part.pairs(key):
        weight = as_integer(written)
        if weight is None or weight == 0 or abs(weight) > LARGEST_WEIGHT:
            part.complain(
                f"The weight of `{phrase}` should be a whole number, not `{written}`.",
                f"Write `{phrase}: 3` (1 a hint, 3 enough alone, 5 sure).",
                line,
            )
        else:
            weights[phrase] = weight
    return MappingProxyType(weights)


def _check_phrase(part: Section, phrase: str, line: int, lexicon: Lexicon) -> None:
    try:
        split_phrase(phrase, lexicon)
    except BadPhrase as problem:
        part.complain(str(problem), problem.instead, line)


def _good_patterns(part: Section, patterns: Mapping[str, int]) -> Mapping[str, int]:
    """Those that can be run; lint goes on to the examples with them."""
    good: dict[str, int] = {}
    if len(patterns) > MOST_PATTERNS:
        part.complain("The rule has too many patterns.", f"Keep {MOST_PATTERNS}; phrases do the same and are faster.")
    for expression, weight in patterns.items():
        try:
            check_pattern(expression)
            good[expression] = weight
        except BadPattern as problem:
            what = f"The pattern `{expression}` cannot be used: {problem}"
            part.complain(what, "Use a phrase, or mend the expression.", part.line_of("patterns"))
    return MappingProxyType(good)


def _check_phrases(rule: Rule, lexicon: Lexicon) -> Iterable[RuleProblem]:
    """Phrases that cannot do what their author thinks; they depend on the spellings too, so they only warn."""
    seen: dict[tuple[tuple[str, ...], ...], str] = {}
    for phrase in (*rule.phrases, *rule.vetoes):
        line = rule.phrase_lines.get(phrase, rule.line)
        try:
            pieces = split_phrase(phrase, lexicon)
        except BadPhrase:
            continue
        if not pieces:
            told = f"`{phrase}` holds no word that counts."
            yield RuleProblem(rule.file, line, rule.id, told, "Add a word that says what it is about.", "warning")
        elif pieces in seen:
            told = f"`{phrase}` is read just like `{seen[pieces]}`."
            yield RuleProblem(rule.file, line, rule.id, told, "Keep one of them.", "warning")
        seen.setdefault(pieces, phrase)


def _take_problems(reading: RuleReading, problems: list[Problem], rule: str) -> None:
    reading.problems.extend(RuleProblem(found.file, found.line, rule, found.what, found.instead) for found in problems)
    problems.clear()
