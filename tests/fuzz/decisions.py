"""What the router makes of any text, by the rules of the real pack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.router.decide import decide
from services.router.explain import explain_decision
from services.router.places import Gazetteer
from services.router.rules import compile_rules
from shared.citypack import load_pack
from tests.fuzz.harness import Harness, One, require
from tests.fuzz.seeds import TEXTS

CIMAHI = Path(__file__).parents[2] / "deploy" / "cities" / "cimahi"
WORDS = ("bukan ", "jalan", "sampah", "rusak", "pju", "rumah sakit", "arah ", ". ", "\u00ad", "\U0001f600", "a\u0300")


@contextmanager
def deciding() -> Iterator[One]:
    pack = load_pack(CIMAHI)
    ruleset = compile_rules(pack.rule_files, pack.spellings)
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    agencies = {agency.code for agency in pack.agencies}

    def one(data: bytes) -> None:
        words = data.decode("utf-8", "replace")
        decision = decide(words, ruleset, gazetteer)
        require(decision == decide(words, ruleset, gazetteer), "decided in two ways")
        require(decision.agency is None or decision.agency in agencies, "an agency that there is not")
        for reason in decision.reasons:
            require(0 <= reason.start < reason.end <= len(words), "a reason outside of the text")
        json.dumps(decision.as_dict())
        explain_decision(decision, words, ruleset)

    yield one


def harnesses() -> list[Harness]:
    return [Harness("deciding", deciding, lambda: [words.encode() for words in TEXTS], WORDS)]
