"""docs/rules.md says what happens: its examples are run, in the small city of the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.router.decide import decide
from services.router.lint import lint_rules
from services.router.places import Gazetteer
from services.router.rules import RulesError, compile_rules
from shared.citypack import CityPack, RuleFile

PAGE = Path(__file__).parents[3] / "docs" / "rules.md"
_BLOCK = re.compile(r"^```(yaml rules|text error|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks(kind: str) -> Iterator[tuple[str, str]]:
    """Blocks of a kind, each with the rules that stand before it."""
    rules = ""
    for found in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        rules = found[2] if found[1] == "yaml rules" else rules
        if found[1] == kind:
            yield rules, found[2]


EXAMPLES = [(rules, line) for rules, block in _blocks("text") for line in block.splitlines()]


@pytest.mark.parametrize(("rules", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_happens(rules: str, line: str, small_pack: CityPack) -> None:
    text, expected = line.split(" -> ")
    compiled = compile_rules([RuleFile("rules/a.yaml", rules)], small_pack.spellings)
    decision = decide(text, compiled, Gazetteer(small_pack, compiled.lexicon))
    also = f", also {', '.join(decision.also)}" if decision.also else ""
    told = f"{decision.agency} {decision.score}{also}" if decision.agency else decision.reason
    assert told == expected


@pytest.mark.parametrize("rules", [rules for _, rules in _blocks("yaml rules")])
def test_the_rules_shown_are_clean(rules: str, small_pack: CityPack) -> None:
    problems = lint_rules([RuleFile("rules/a.yaml", rules)], small_pack)
    assert [str(problem) for problem in problems if problem.level == "error"] == []


def test_the_mistakes_shown_are_told() -> None:
    ((_, block),) = _blocks("text error")
    rules = "\n".join(line for line in block.splitlines() if not line.startswith("=>"))
    with pytest.raises(RulesError) as caught:
        compile_rules([RuleFile("rules/a.yaml", rules)])
    told = [f"{problem.line}: {problem.what} {problem.instead}" for problem in caught.value.problems]
    for line in block.splitlines():
        if line.startswith("=> "):
            assert any(one.startswith(line.removeprefix("=> ")) for one in told), (line, told)


def test_the_page_shows_every_reason_and_every_key() -> None:
    text = PAGE.read_text(encoding="utf-8")
    reasons = ("no_content", "thanks_only", "no_match", "weak", "tie", "several_topics", "out_of_area")
    keys = (
        "also",
        "urgent",
        "emergency",
        "priority",
        "bias",
        "patterns",
        "when",
        "not",
        "examples",
        "thanks",
        "idioms",
    )
    for word in (*reasons, *keys):
        assert f"`{word}" in text, word
