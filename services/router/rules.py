"""The rules as people write them, made ready to decide with.

`compile_rules` gives a `RuleSet` or says everything that is wrong. The id of a rule set is a hash of what its rules,
settings and spellings say: the order of files and rules and the comments do not change it, examples do not either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from types import MappingProxyType

from services.router.conditions import patterns_of, phrases_of
from services.router.matcher import PhraseTable
from services.router.negation import Negations
from services.router.patterns import BadPattern, PatternBook, check_pattern
from services.router.phrases import CONDITION, IDIOM, SCORE, THANKS, UNLESS, VETO, BadPhrase, Phrase, split_phrase
from services.router.rule import Example, Rule, RuleProblem, RulesError, Settings, Thanks
from services.router.rule_identity import identify
from services.router.rule_reading import RuleReading, read_rules
from services.router.text import Lexicon
from shared.citypack import RuleFile, Spellings

__all__ = [
    "Example",
    "Rule",
    "RuleProblem",
    "RuleReading",
    "RuleSet",
    "RulesError",
    "Settings",
    "Thanks",
    "build_rule_set",
    "compile_rules",
    "read_rules",
]


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Rules ready to decide with; `id` is equal for sets that decide alike."""

    id: str
    rules: Mapping[str, Rule]
    settings: Settings
    thanks: Thanks
    lexicon: Lexicon
    table: PhraseTable
    patterns: PatternBook
    conditional: frozenset[str]
    with_patterns: tuple[str, ...]
    has_idioms: bool
    has_priorities: bool
    emergencies: frozenset[str]
    consequential: frozenset[str]
    bias: Mapping[str, int]
    negations: Negations
    thanks_words: frozenset[str]


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
    settings, thanks = reading.settings or Settings(), reading.thanks or Thanks()
    rules = {name: reading.rules[name] for name in sorted(reading.rules)}
    conditions = [(rule, rule.when) for rule in rules.values() if rule.when is not None]
    expressions = [expression for rule in rules.values() for expression in rule.patterns]
    expressions += [expression for _, when in conditions for expression in patterns_of(when)]
    return RuleSet(
        id=identify(reading, settings, thanks, lexicon.spellings),
        rules=MappingProxyType(rules),
        settings=settings,
        thanks=thanks,
        lexicon=lexicon,
        table=PhraseTable(_phrases(reading, thanks, lexicon), lexicon),
        patterns=PatternBook(_usable(expressions)),
        conditional=frozenset(rule.id for rule, _ in conditions),
        with_patterns=tuple(rule.id for rule in rules.values() if rule.patterns),
        has_idioms=bool(reading.idioms),
        has_priorities=any(rule.priority for rule in rules.values()),
        consequential=frozenset(rule.id for rule in rules.values() if rule.urgent or rule.also),
        bias=_bias(rules.values()),
        emergencies=frozenset(rule.id for rule in rules.values() if rule.emergency),
        negations=Negations(lexicon.spellings.negations),
        thanks_words=frozenset(token.text for text in thanks.phrases for token in lexicon.tokens_of(text)),
    )


def _phrases(reading: RuleReading, thanks: Thanks, lexicon: Lexicon) -> Iterable[Phrase]:
    def phrase(text: str, kind: int, rule: Rule | None = None, weight: int = 0) -> Phrase:
        agency = intern(rule.agency) if rule else ""  # one string an agency: compared for every phrase found
        return Phrase(text, _pieces(text, lexicon), kind, rule.id if rule else "", agency, weight)

    for kind, texts in ((IDIOM, reading.idioms), (THANKS, thanks.phrases), (UNLESS, thanks.unless)):
        yield from (phrase(text, kind) for text in sorted(set(texts)))
    for rule in reading.rules.values():
        yield from (phrase(text, SCORE, rule, weight) for text, weight in rule.phrases.items())
        yield from (phrase(text, VETO, rule) for text in rule.vetoes)
        if rule.when is not None:
            yield from (phrase(text, CONDITION, rule) for text in sorted(set(phrases_of(rule.when))))


def _bias(rules: Iterable[Rule]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for rule in rules:
        if rule.bias:
            found[rule.agency] = found.get(rule.agency, 0) + rule.bias
    return MappingProxyType(found)


def _pieces(text: str, lexicon: Lexicon) -> tuple[tuple[str, ...], ...]:
    try:
        return split_phrase(text, lexicon)
    except BadPhrase:
        return ()


def _usable(expressions: Iterable[str]) -> tuple[str, ...]:
    usable = []
    for expression in expressions:
        try:
            check_pattern(expression)
        except BadPattern:
            continue
        usable.append(expression)
    return tuple(usable)
