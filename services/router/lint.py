"""What is wrong with rules, all at once, in sentences for the people who write them.

Errors make the set unusable or show that it does not do what its examples say; warnings ask to look again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.router.conditions import Fact, Facts, Hours, leaves
from services.router.decide import decide, speaking_rules
from services.router.phrases import BadPhrase, split_phrase
from services.router.places import Gazetteer
from services.router.rule import LONGEST
from services.router.rules import Rule, RuleProblem, RuleSet, build_rule_set, read_rules
from services.router.text import Lexicon
from shared.citypack import CityPack, RuleFile
from shared.marked_yaml import suggest

_Pieces = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the checks need beside the rules themselves."""

    ruleset: RuleSet
    gazetteer: Gazetteer
    codes: frozenset[str]


def lint_rules(files: Iterable[RuleFile], pack: CityPack) -> tuple[RuleProblem, ...]:
    """Every problem of these rules in this city, by file and line; empty when all is well. Never raises."""
    lexicon = Lexicon(pack.spellings)
    reading = read_rules(files, lexicon)
    codes = frozenset(agency.code for agency in pack.agencies)
    desk = _Desk(build_rule_set(reading, lexicon), Gazetteer(pack, lexicon), codes)
    found = list(reading.problems)
    for rule in desk.ruleset.rules.values():
        found += _unknown_agencies(rule, desk)
        found += _unreachable(rule, desk)
        if desk.ruleset.settings.overlap == LONGEST:  # else a longer phrase adds to the shorter one inside it
            found += _lighter_than_part(rule, lexicon)
        found += _examples(rule, desk)
    found += _contested(desk.ruleset)
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.rule, problem.what)))


def _problem(rule: Rule, line: int, what: str, instead: str, level: str = "error") -> RuleProblem:
    return RuleProblem(rule.file, line or rule.line, rule.id, what, instead, level)


def _unknown_agencies(rule: Rule, desk: _Desk) -> Iterator[RuleProblem]:
    for code in (rule.agency, *rule.also):
        if code and code not in desk.codes:
            yield _problem(rule, 0, f"There is no agency `{code}`.", suggest(code, sorted(desk.codes)))


def _pieces(phrase: str, lexicon: Lexicon) -> _Pieces:
    try:
        return split_phrase(phrase, lexicon)
    except BadPhrase:
        return ()


def _unreachable(rule: Rule, desk: _Desk) -> Iterator[RuleProblem]:
    """Phrases that the reading of places would never leave to a rule, and phrases that shrink to one common word."""
    for phrase in (*rule.phrases, *rule.vetoes):
        pieces = _pieces(phrase, desk.ruleset.lexicon)
        line = rule.phrase_lines.get(phrase, 0)
        if len(pieces) == 1 and not _is_found(phrase, rule, desk):
            yield _problem(
                rule, line, f"`{phrase}` is never found: its words are read as a place.", "Leave out the place word."
            )
        elif len(pieces) == 1 and len(pieces[0]) == 1 and len(phrase.split()) > 1:
            told = f"`{phrase}` is read as `{pieces[0][0]}` alone, the other words carry no weight."
            yield _problem(rule, line, told, f"Write `{pieces[0][0]}`, or add a word that matters.", "warning")


def _is_found(phrase: str, rule: Rule, desk: _Desk) -> bool:
    reading = desk.ruleset.lexicon.scan(phrase)
    counted, asides, _ = desk.ruleset.table.find(reading, desk.gazetteer.survey(reading, phrase))
    return any(hit[3].rule == rule.id and hit[3].text == phrase for hit in (*counted, *asides))


def _lighter_than_part(rule: Rule, lexicon: Lexicon) -> Iterator[RuleProblem]:
    """A longer phrase hides the shorter one inside it, so a smaller weight would turn the meaning round."""
    split = {phrase: _pieces(phrase, lexicon) for phrase in rule.phrases}
    read = {
        pieces[0]: (phrase, rule.phrases[phrase])
        for phrase, pieces in split.items()
        if len(pieces) == 1 and rule.phrases[phrase] > 0
    }
    for words, (phrase, weight) in read.items():
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                part, heavier = read.get(words[start:end], (phrase, weight))
                if heavier > weight:
                    what = f"`{phrase}` weighs {weight}, but `{part}` inside it weighs {heavier}."
                    line = rule.phrase_lines.get(phrase, 0)
                    yield _problem(rule, line, what, f"Give it {heavier} or more.", "warning")


def _contested(ruleset: RuleSet) -> Iterator[RuleProblem]:
    """The same phrase with the same weight for two agencies: alone it can only end in a tie.

    Not so when the agencies' biases or the rules' priorities part them, or when a rule speaks only under a condition.
    """
    seen: dict[tuple[_Pieces, int], tuple[Rule, int]] = {}
    for rule in ruleset.rules.values():
        for phrase, weight in rule.phrases.items() if rule.when is None else ():
            pieces, score = _pieces(phrase, ruleset.lexicon), weight + ruleset.bias.get(rule.agency, 0)
            other, same = seen.setdefault((pieces, rule.priority), (rule, score))
            if pieces and other.agency != rule.agency and same == score >= ruleset.settings.minimum_score:
                what = f"`{phrase}` weighs {weight} for {other.agency} too (rule `{other.id}`), which ends in a tie."
                line = rule.phrase_lines.get(phrase, 0)
                yield _problem(rule, line, what, "Give one of them more, or say more words.", "warning")


def _examples(rule: Rule, desk: _Desk) -> Iterator[RuleProblem]:
    facts = _fitting_facts(rule)
    for example in rule.matching:
        decision = decide(example.text, desk.ruleset, desk.gazetteer, facts=facts)
        if rule.id not in speaking_rules(example.text, desk.ruleset, desk.gazetteer, facts):
            what = f"The example `{example.text}` holds no phrase of this rule."
            yield _problem(rule, example.line, what, "Add a phrase for it, or remove the example.")
        elif decision.agency != rule.agency:
            went = decision.agency or f"triage ({decision.reason})"
            what = f"The example `{example.text}` goes to {went}, not to {rule.agency}."
            yield _problem(rule, example.line, what, "Add a phrase that says it better, or correct the example.")
    for example in rule.not_matching:
        if rule.id in speaking_rules(example.text, desk.ruleset, desk.gazetteer, facts):
            what = f"The example `{example.text}` should not match this rule but does."
            yield _problem(rule, example.line, what, "Add the words that exclude it under `not:`.")


def _fitting_facts(rule: Rule) -> Facts:
    """Examples are only texts; a rule that asks for a channel, a kind or an hour is tried with one that it asks for."""
    found = {"channel": "", "kind": ""}
    minute = None
    for leaf in leaves(rule.when) if rule.when is not None else ():
        if isinstance(leaf, Fact) and leaf.name in found:
            found[leaf.name] = min(leaf.values)
        elif isinstance(leaf, Hours):
            minute = leaf.start
    return Facts(found["channel"], found["kind"], minute)
