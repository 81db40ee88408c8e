"""`tanggap rules suggest`: rules mined from labelled complaints, written as files to read and edit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.commands.inspection import data_option
from services.commands.rendering import console, progress_console, table
from services.commands.rules_file import FileUnusable, LabelledFile, labelled_from, read_labelled
from services.commands.rules_sources import rule_sources
from services.router.decide import score_agencies
from services.router.learning.arrays import load_arrays
from services.router.learning.labelled import Labelled, without_masks
from services.router.learning.rule_writing import SUPPORT_FILE, write_rules, write_support
from services.router.learning.suggestion import UNIT, Material, Suggestion, Wishes, suggest
from services.router.places import Gazetteer
from services.router.reading import topic_forms, topic_words
from services.router.repository_labels import labelled_cases
from services.router.rules import RuleSet
from services.router.ruleset import pack_ruleset
from services.router.text import Lexicon
from shared.citypack import CityPack, load_pack

_SHOWN = 5


@click.command("suggest")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--text", "text_column", metavar="COL", help="The column of FILE with what citizens wrote.")
@click.option("--label", "label_column", metavar="COL", help="The column of FILE with the agency in charge.")
@click.option(
    "--from-cases", "days", type=click.FloatRange(min=0, min_open=True), metavar="DAYS",
    help="Learn from the complaints that people gave to an agency in so many days, instead of FILE.",
)  # fmt: skip
@click.option(
    "--known", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="PACK",
    help="Learn only what the rules of this pack do not know yet.",
)  # fmt: skip
@click.option("--phrases", type=click.IntRange(1, 50_000), default=2000, show_default=True, help="At most so many.")
@click.option(
    "--coverage", type=click.FloatRange(0.05, 1.0), default=0.68, show_default=True,
    help="The share that should be routed without a person; chooses the margin.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the rules below this folder.")
@data_option
@click.pass_obj
def suggest_command(
    options: dict[str, Any], file: Path | None, text_column: str | None, label_column: str | None, days: float | None,
    known: Path | None, phrases: int, coverage: float, out: Path | None, data: Path | None,
) -> None:  # fmt: skip
    """Mine phrases and weights from labelled complaints: FILE (CSV, in the order of time), or --from-cases.

    No rules in force are changed: read what was written, keep or drop it, and try it by `rules evaluate`.
    """
    arrays = load_arrays()
    pack = load_pack(Path(options["pack"]))
    if file is not None and days is None:
        if not text_column or not label_column:
            raise click.UsageError("FILE needs --text COL and --label COL, the columns with the words and the agency")
        labelled = read_labelled(file, text_column, label_column, pack.agencies)
    elif file is None and days is not None:
        labelled = labelled_from(_cases(options, data, days), pack.agencies)
    else:
        raise click.UsageError("give FILE or --from-cases DAYS, one of them")
    if labelled.warning():
        click.echo(f"{labelled.warning()} These complaints are left out.", err=True)
    with _progress() as advance:
        in_force = load_pack(known) if known else None
        material = _material(labelled, pack, in_force)
        unit = _SURE_WIN * pack_ruleset(in_force).settings.minimum_score if in_force else UNIT
        suggestion = suggest(material, Wishes(phrases=phrases, coverage=coverage, unit=unit), arrays, advance)
    names = {agency.code: agency.name for agency in pack.agencies}
    if out is not None:
        _write(out, suggestion, names, settings=known is None)
    _tell(suggestion, names, out)


# New phrases are weighed on the scale of the rules they will stand among: a sure win is some times what they ask for.
_SURE_WIN = 3


def _cases(options: dict[str, Any], data: Path | None, days: float) -> list[Labelled]:
    """Every decision of a person about where a complaint belongs is an example."""
    with rule_sources(options, data) as sources:
        since = sources.versions.clock.now() - timedelta(days=days)
        with sources.versions.database.read() as connection:
            return labelled_cases(connection, since)


def _material(labelled: LabelledFile, pack: CityPack, known: CityPack | None) -> Material:
    """The words come from the pack that the rules will live in: its spellings and places."""
    lexicon = Lexicon(pack.spellings)
    gazetteer = Gazetteer(pack, lexicon)
    rows = [row for row in labelled.rows if row.label not in labelled.unknown]
    scores: list[Mapping[str, int]] = []
    phrases: set[tuple[str, str]] = set()
    if known is not None:
        ruleset = pack_ruleset(known)
        places = Gazetteer(known, ruleset.lexicon)
        scores = [score_agencies(row.text, ruleset, places) for row in rows]
        phrases = _phrases_of(ruleset, lexicon)
    return Material(
        examples=[Labelled(row.id, row.text, row.label) for row in rows],
        clauses=[topic_forms(without_masks(row.text), lexicon, gazetteer) for row in rows],
        is_phrase=lambda phrase: topic_words(phrase, lexicon, gazetteer) == (tuple(phrase.split()),),
        known=scores,
        known_phrases=frozenset(phrases),
    )


def _phrases_of(ruleset: RuleSet, lexicon: Lexicon) -> set[tuple[str, str]]:
    return {
        (rule.agency, " ".join(lexicon.words_of(phrase))) for rule in ruleset.rules.values() for phrase in rule.phrases
    }


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=progress_console(), transient=True) as bar:
        task = bar.add_task("Learning", total=1.0)
        yield lambda share: bar.advance(task, share)


def _write(out: Path, suggestion: Suggestion, names: Mapping[str, str], *, settings: bool) -> None:
    """Refuses to write over rules that are there: somebody may have worked on them."""
    files = {rule.path: rule.text for rule in write_rules(suggestion, names, settings=settings)}
    files[SUPPORT_FILE] = write_support(suggestion)
    existing = [path for path in files if (out / path).exists()]
    if existing:
        raise FileUnusable(f"{out / existing[0]} exists already. Choose another folder for --out.")
    try:
        for path, text in files.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileUnusable(f"{out} cannot be written: {error.strerror}.") from error


def _tell(suggestion: Suggestion, names: Mapping[str, str], out: Path | None) -> None:
    shown = table("Agency", "Phrases", "The heaviest", right=("Phrases",))
    for agency in sorted({one.agency for one in suggestion.phrases}):
        mine = [one for one in suggestion.phrases if one.agency == agency]
        heaviest = ", ".join(f"{one.phrase} {one.weight:+d} ({one.hits})" for one in mine[:_SHOWN])
        shown.add_row(names.get(agency, agency), str(len(mine)), heaviest)
    console().print(shown)
    click.echo(f"{len(suggestion.phrases)} phrases from {suggestion.texts} complaints, margin {suggestion.margin}")
    if suggestion.trial:
        trial = suggestion.trial
        click.echo(
            f"tried on the last {trial.texts} before they were learned: {trial.coverage:.1%} routed, "
            f"{trial.precision:.1%} of them right; {trial.accuracy:.1%} right if all were routed"
        )
    click.echo(f"written below {out}" if out else "nothing written; add --out DIR")
    sys.stdout.flush()
