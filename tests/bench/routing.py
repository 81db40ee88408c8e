"""How fast the router decides: `python -m tests.bench.routing --texts FILE.csv`.

Everything is measured in one run on one core, on complaints cut to 300 letters and 2,000 phrases made of their own
words, so that the figures may be compared with each other:

- the bare automaton over the texts in small letters, every match,
- a loop of compiled regular expressions, one for each phrase, over the same,
- the whole decision with its reasons, and the share of it that is matching and scoring,
- the same with 200 and with 20,000 phrases,
- the cost of a letter in texts of 10 KB, 100 KB and 1 MB.

Prints machine, date, n, median and spread. Without `--texts` the complaints are invented.
"""

import argparse
import csv
import gc
import os
import platform
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ahocorasick_rs import AhoCorasick

from services.router.conditions import Facts
from services.router.decide import decide
from services.router.finding import Message, find
from services.router.places import Gazetteer
from services.router.reading import topic_words
from services.router.rules import RuleSet, compile_rules
from services.router.scoring import rank
from shared.citypack import CityPack, RuleFile, load_pack

CIMAHI = Path(__file__).parents[2] / "deploy" / "cities" / "cimahi"
CUT = 300
OFTEN = 5
FACTS = Facts()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, help="a CSV file with a column of complaints")
    parser.add_argument("--column", default="text")
    parser.add_argument("--n", type=int, default=1000, help="complaints a round")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    pack = load_pack(CIMAHI)
    texts = [text[:CUT] for text in _texts(options.texts, options.column, pack)]
    random.Random(1).shuffle(texts)
    spare, texts = texts[options.n :], texts[: options.n]
    print(f"{platform.node()}: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, n = {len(texts)} complaints of {CUT} letters at most, ", end="")
    print(f"{sum(map(len, texts)) // len(texts)} on average; median of {options.rounds} rounds (fastest-slowest)")
    _compare(pack, texts, spare, options.rounds)
    _lengths(pack, texts, spare)


def _compare(pack: CityPack, texts: Sequence[str], spare: Sequence[str], rounds: int) -> None:
    phrases = _phrases(pack, [*texts, *spare], 20_000)
    lower = [text.lower() for text in texts]
    automaton = AhoCorasick(phrases[:2000])
    expressions = [re.compile(re.escape(phrase)) for phrase in phrases[:2000]]
    sets = {count: _rules(pack, phrases[:count]) for count in (200, 2000, 20_000)}
    steps: dict[str, Callable[[str], object]] = {
        "automaton alone": lambda text: automaton.find_matches_as_indexes(text, overlapping=True),
        "loop of regular expressions": lambda text: [found for one in expressions if (found := one.search(text))],
        "decision, 200 phrases": _decision(pack, sets[200], spare),
        "decision, 2,000 phrases": _decision(pack, sets[2000], spare),
        "decision, 20,000 phrases": _decision(pack, sets[20_000], spare),
    }
    figures = _interleaved(
        {name: (step, lower if "alone" in name or "loop" in name else texts) for name, step in steps.items()}
        | {"of which matching and scoring": _matching(pack, sets[2000], texts)},
        rounds,
    )
    loop = statistics.median(figures["loop of regular expressions"])
    for name, micros in figures.items():
        median = statistics.median(micros)
        print(f"  {name:34} {median:8.1f} µs ({min(micros):.1f}-{max(micros):.1f})   {median / loop:6.3f} of the loop")
    many, few = (statistics.median(figures[f"decision, {count} phrases"]) for count in ("20,000", "200"))
    print(f"  20,000 phrases cost {many / few:.2f} times as much as 200")


def _decision(pack: CityPack, ruleset: RuleSet, spare: Sequence[str]) -> Callable[[str], object]:
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    for text in spare:
        decide(text, ruleset, gazetteer)
    return lambda text: decide(text, ruleset, gazetteer).reasons


def _matching(
    pack: CityPack, ruleset: RuleSet, texts: Sequence[str]
) -> tuple[Callable[[Message], object], Sequence[Message]]:
    """From words to ranked agencies: what is measured, and the texts already read."""
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    read = [
        Message(text, reading := ruleset.lexicon.scan(text), gazetteer.survey(reading, text), FACTS) for text in texts
    ]
    return (lambda message: rank(find(ruleset, message), ruleset)), read


def _interleaved(
    steps: dict[str, tuple[Callable[[Any], object], Sequence[Any]]], rounds: int
) -> dict[str, list[float]]:
    """Microseconds a text, round by round. The steps take turns, so that a busy machine troubles all of them alike."""
    gc.collect()
    gc.freeze()  # the texts and the warm caches are not what is measured
    figures: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds + 1):
        for name, (step, texts) in steps.items():
            begun = time.process_time()
            for text in texts:
                step(text)
            figures[name].append((time.process_time() - begun) / len(texts) * 1e6)
    return {name: found[1:] for name, found in figures.items()}


def _lengths(pack: CityPack, texts: Sequence[str], spare: Sequence[str]) -> None:
    ruleset = _rules(pack, _phrases(pack, [*texts, *spare], 2000))
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    whole = "\n".join([*texts, *spare])
    print("  a long text, 2,000 phrases:")
    for size in (10_000, 100_000, 1_000_000):
        text = (whole * (size // len(whole) + 1))[:size]
        micros = _interleaved({"": (lambda long: decide(long, ruleset, gazetteer), [text])}, 3)[""]
        median = statistics.median(micros)
        print(f"    {size:9,} letters {median / 1000:9.1f} ms   {median / size:.3f} µs a letter")


def _phrases(pack: CityPack, texts: Sequence[str], count: int) -> list[str]:
    """Runs of one to three words that rules can see in some of the texts, in an order drawn by lot."""
    ruleset = compile_rules(pack.rule_files, pack.spellings)
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    runs: Counter[str] = Counter()
    for text in texts:
        found: set[str] = set()
        for clause in topic_words(text, ruleset.lexicon, gazetteer):
            for length in (1, 2, 3):
                found.update(" ".join(clause[at : at + length]) for at in range(len(clause) - length + 1))
        runs.update(found)
    often = sorted(run for run, times in runs.items() if times >= OFTEN)
    rare = sorted(run for run, times in runs.items() if 1 < times < OFTEN)
    chance = random.Random(7)
    return (chance.sample(often, len(often)) + chance.sample(rare, len(rare)))[:count]


def _rules(pack: CityPack, phrases: Sequence[str]) -> RuleSet:
    """The phrases dealt out to the agencies of the pack, four to a rule, in rule files."""
    codes = [agency.code for agency in pack.agencies]
    lines = ["rules:"]
    for number in range(0, len(phrases), 4):
        agency = codes[number // 4 % len(codes)]
        lines += [f"  - id: r{number}", f"    agency: {agency}", "    about: bench", "    phrases:"]
        lines += [f'      "{phrase}": {1 + len(phrase.split()) * 2}' for phrase in phrases[number : number + 4]]
    return compile_rules([RuleFile("rules/bench.yaml", "\n".join(lines))], pack.spellings)


def _texts(path: Path | None, column: str, pack: CityPack) -> list[str]:
    if path is not None:
        with path.open(encoding="utf-8", newline="") as file:
            return [row[column] for row in csv.DictReader(file)]
    ruleset = compile_rules(pack.rule_files, pack.spellings)
    examples = [example.text for rule in ruleset.rules.values() for example in rule.matching]
    chance = random.Random(5)
    words = [phrase for rule in ruleset.rules.values() for phrase in rule.phrases]
    return [". ".join(chance.sample(examples, 4)) + ", " + " di ".join(chance.sample(words, 9)) for _ in range(3000)]


if __name__ == "__main__":
    main()
