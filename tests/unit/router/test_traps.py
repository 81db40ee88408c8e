"""Invented complaints, each of a kind that plain keywords get wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.router.decide import decide
from services.router.places import Gazetteer
from services.router.rules import RuleSet


def misrouted(path: Path, rules: RuleSet, gazetteer: Gazetteer) -> tuple[list[str], int]:
    cases: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wrong = []
    for case in cases:
        decision = decide(case["text"], rules, gazetteer)
        got = decision.agency or "TINJAU_MANUAL"
        right = {case["expect"], *case["also"]}
        if got not in right and not (decision.outcome == "emergency" and "DARURAT" in right):
            wrong.append(f"{case['text']!r}: {got} instead of {sorted(right)}")
    return wrong, len(cases)


def test_our_own_traps(cimahi_rules: RuleSet, cimahi_gazetteer: Gazetteer) -> None:
    wrong, count = misrouted(Path(__file__).with_name("cases.jsonl"), cimahi_rules, cimahi_gazetteer)
    assert count >= 150
    assert wrong == []


def test_kinds_written_before_the_rules_were_tuned(cimahi_rules: RuleSet, cimahi_gazetteer: Gazetteer) -> None:
    """Some stay wrong: a text that wants more than words is no reason for a rule of its own."""
    wrong, count = misrouted(Path(__file__).parent / "data" / "kinds.jsonl", cimahi_rules, cimahi_gazetteer)
    assert count >= 900
    assert len(wrong) <= count // 50, wrong


@pytest.mark.parametrize(
    ("text", "outcome", "agency"),
    [
        ("PJU mati di Jalan Baros sejak Senin, gelap sekali", "routed", "DISHUB"),
        ("sampah numpuk di pasar, ga diangkut 2 minggu", "routed", "DLH"),
        ("min tlg dong", "triage", None),
    ],
)
def test_what_everybody_tries_first(
    text: str, outcome: str, agency: str | None, cimahi_rules: RuleSet, cimahi_gazetteer: Gazetteer
) -> None:
    decision = decide(text, cimahi_rules, cimahi_gazetteer)
    assert (decision.outcome, decision.agency) == (outcome, agency)
