"""Learned rules beside a linear SVM, with the same split by time: `python -m tests.bench.learning FILE`.

Learns from the complaints of FILE (CSV with `text`, `label`, `received_at`) before `--until` and judges those from then
on, by the router itself. Prints machine, date and one table: how the figures grow with the number of phrases, and the
SVM (TF-IDF of words 1-2 and characters 3-5). Needs numpy, scipy and scikit-learn.
"""

import argparse
import csv
import importlib
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.router.decide import decide, score_agencies
from services.router.evaluation import Evaluation, Judged, evaluate, rank_agencies
from services.router.learning.arrays import load_arrays
from services.router.learning.labelled import Labelled, without_masks
from services.router.learning.rule_writing import write_rules
from services.router.learning.suggestion import Material, Suggestion, Wishes, suggest_sizes
from services.router.places import Gazetteer
from services.router.reading import topic_forms, topic_words
from services.router.rules import compile_rules
from services.router.text import Lexicon
from shared.citypack import CityPack, load_pack

_COVERAGES = (0.5, 0.66, 0.7, 0.8)


@dataclass(frozen=True)
class Split:
    """Codes as labels; both parts in the order of time."""

    learned: list[Labelled]
    judged: list[Labelled]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pack", type=Path, default=Path("deploy/cities/surabaya"))
    parser.add_argument("--until", default="2022-10", help="what came before is learned from")
    parser.add_argument("--before", default="9999", help="what came from then on is left out")
    parser.add_argument("--sizes", default="300,600,1200,1800,2500")
    parser.add_argument("--no-svm", action="store_true")
    options = parser.parse_args()
    pack = load_pack(options.pack)
    split = _split(options.file, pack, options.until, options.before)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ", end="")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; learned {len(split.learned)}, judged {len(split.judged)}")
    print(f"{'':24}   forced  top 3   at 50 %  66 %   70 %   80 %   macro-F1   routed  right")
    if not options.no_svm:
        _print_svm(split)
    sizes = tuple(int(size) for size in options.sizes.split(","))
    started = time.monotonic()
    suggestions = suggest_sizes(_material(split.learned, pack), Wishes(), sizes, load_arrays())
    seconds = time.monotonic() - started
    for size in sizes:
        evaluation = judge(suggestions[size], split.judged, pack)
        print(_row(f"{len(suggestions[size].phrases)} phrases", evaluation))
    print(f"all sizes learned in {seconds:.0f} s")


def judge(suggestion: Suggestion, examples: Sequence[Labelled], pack: CityPack) -> Evaluation:
    """The router's own decisions with the suggested rules."""
    ruleset = compile_rules(write_rules(suggestion, {}), pack.spellings)
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    judged = []
    for example in examples:
        decision = decide(example.text, ruleset, gazetteer)
        ranking = rank_agencies(decision, score_agencies(example.text, ruleset, gazetteer))
        judged.append(Judged(example.id, example.label, decision, ranking))
    return evaluate(judged)


def _split(file: Path, pack: CityPack, until: str, before: str) -> Split:
    codes = {name: agency.code for agency in pack.agencies for name in (agency.name, agency.code)}
    csv.field_size_limit(10_000_000)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = sorted(csv.DictReader(opened), key=lambda row: row["received_at"])
    parts: tuple[list[Labelled], list[Labelled]] = ([], [])
    for row in rows:
        if row["received_at"] < before:
            example = Labelled(row["id"], row["text"], codes.get(row["label"], row["label"]))
            parts[row["received_at"] >= until].append(example)
    return Split(*parts)


def _material(examples: list[Labelled], pack: CityPack) -> Material:
    lexicon = Lexicon(pack.spellings)
    gazetteer = Gazetteer(pack, lexicon)
    return Material(
        examples,
        [topic_forms(without_masks(example.text), lexicon, gazetteer) for example in examples],
        lambda phrase: topic_words(phrase, lexicon, gazetteer) == (tuple(phrase.split()),),
    )


def _print_svm(split: Split) -> None:
    try:
        hstack = load_arrays().sparse.hstack
        vectorizer = importlib.import_module("sklearn.feature_extraction.text").TfidfVectorizer
        support_vectors = importlib.import_module("sklearn.svm").LinearSVC
    except ImportError as error:
        sys.exit(f"{error.name} is missing: pip install scikit-learn, or --no-svm")
    started = time.monotonic()
    texts, later = [one.text for one in split.learned], [one.text for one in split.judged]
    words = vectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    signs = vectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True)
    samples = hstack([words.fit_transform(texts), signs.fit_transform(texts)]).tocsr()
    machine = support_vectors(C=0.5, random_state=0).fit(samples, [one.label for one in split.learned])
    scores = machine.decision_function(hstack([words.transform(later), signs.transform(later)]).tocsr())
    evaluation = _judge_scores(scores, list(machine.classes_), split.judged)
    print(_row(f"SVM ({samples.shape[1] // 1000},000 features)", evaluation, routed=False), end="")
    print(f"   ({time.monotonic() - started:.0f} s)")


def _judge_scores(scores: Any, agencies: list[str], examples: Sequence[Labelled]) -> Evaluation:
    """The same figures from a table of scores; its margins become whole numbers only to be ordered."""
    from services.router.decision import ROUTED, Decision

    judged = []
    for row, example in zip(scores.tolist(), examples, strict=True):
        order = sorted(range(len(row)), key=lambda place: -row[place])
        margin = round((row[order[0]] - row[order[1]]) * 1_000_000)
        ranking = tuple(agencies[place] for place in order)
        judged.append(Judged(example.id, example.label, Decision(ROUTED, "matched", "svm", margin=margin), ranking))
    return evaluate(judged)


def _row(name: str, evaluation: Evaluation, *, routed: bool = True) -> str:
    shares = [evaluation.accuracy_forced, evaluation.top3_forced, *map(evaluation.precision_at, _COVERAGES)]
    figures = "   ".join(f"{(share or 0) * 100:4.1f}" for share in shares)
    also = f"   {(evaluation.coverage or 0) * 100:4.1f}   {(evaluation.precision or 0) * 100:4.1f}" if routed else ""
    return f"{name:24}   {figures}   {evaluation.macro_f1:8.3f}  {also}"


if __name__ == "__main__":
    main()
