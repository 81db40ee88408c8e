"""`tanggap rules evaluate`: what the rules of the pack would do with complaints whose agency is known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import track

from services.commands.rendering import console, print_json, progress_console, table
from services.commands.rules_file import FileUnusable, Row, read_labelled
from services.router.decide import decide, score_agencies
from services.router.evaluation import Culprit, Evaluation, Judged, evaluate, rank_agencies
from services.router.evaluation_page import draw_page
from services.router.places import Gazetteer
from services.router.rules import RuleSet
from services.router.ruleset import pack_ruleset
from shared.citypack import CityPack, load_pack

_COVERAGES = (0.5, 0.7, 0.8)


@click.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--text", "text_column", required=True, metavar="COL", help="The column with what citizens wrote.")
@click.option("--label", "label_column", required=True, metavar="COL", help="The column with the agency in charge.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures there, too.")
@click.pass_obj
def evaluate_command(
    options: dict[str, Any], file: Path, text_column: str, label_column: str, as_json: bool, html: Path | None
) -> None:
    """Decide every complaint in FILE (CSV) by the rules of the pack and compare with the agency that people chose.

    Only the text is used. Labels that no agency has count as wrong answers.
    """
    pack = load_pack(Path(options["pack"]))
    labelled = read_labelled(file, text_column, label_column, pack.agencies)
    if labelled.warning():
        click.echo(f"{labelled.warning()} They count as wrong.", err=True)
    ruleset = pack_ruleset(pack)
    started = time.monotonic()
    judged = list(_judge(labelled.rows, ruleset, pack))
    evaluation = evaluate(judged)
    seconds = round(time.monotonic() - started, 2)
    names = {agency.code: agency.name for agency in pack.agencies}
    if html is not None:
        _write(html, draw_page(evaluation, names, title=pack.city.name, ruleset=ruleset.id))
    if as_json:
        print_json({**evaluation.as_dict(), "ruleset": ruleset.id, "seconds": seconds})
    else:
        _tell(evaluation, ruleset, seconds)
        if html is not None:
            click.echo(f"page: {html}")


def _judge(rows: Sequence[Row], ruleset: RuleSet, pack: CityPack) -> Iterator[Judged]:
    gazetteer = Gazetteer(pack, ruleset.lexicon)
    for row in track(rows, "Deciding", console=progress_console(), transient=True, show_speed=False):
        decision = decide(row.text, ruleset, gazetteer)
        scores = score_agencies(row.text, ruleset, gazetteer)
        yield Judged(row.id, row.label, decision, rank_agencies(decision, scores))


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise FileUnusable(f"{path} cannot be written: {error.strerror}.") from error


def _tell(evaluation: Evaluation, ruleset: RuleSet, seconds: float) -> None:
    out = console()
    click.echo(f"{evaluation.n} complaints, rule set {ruleset.id}, {seconds} s")
    click.echo(f"routed by itself      {_percent(evaluation.coverage)} ({evaluation.answered})")
    click.echo(f"right among these     {_percent(evaluation.precision)}")
    click.echo(f"right if all had to   {_percent(evaluation.accuracy_forced)}")
    click.echo(f"right among first 3   {_percent(evaluation.top3_forced)}")
    for coverage in _COVERAGES:
        click.echo(f"right in surest {coverage:.0%}   {_percent(evaluation.precision_at(coverage))}")
    click.echo(f"macro-F1 of biggest   {evaluation.macro_f1:.3f}")
    shown = table("Agency", "Complaints", "Answered", "Right", "F1", right=("Complaints", "Answered", "Right", "F1"))
    for code, figures in evaluation.per_agency.items():
        shown.add_row(code, str(figures.n), str(figures.answered), str(figures.right), f"{figures.f1:.2f}")
    out.print(shown)
    mistakes = [pair for pair in evaluation.confusion if pair[0] != pair[1]][:10]
    if not mistakes:
        return
    shown = table("Belongs to", "Best candidate", "Times", right=("Times",), title="Most frequent mistakes")
    for label, answer, count in mistakes:
        shown.add_row(label, answer or "-", str(count))
    out.print(shown)
    _tell_culprits("Phrases in wrong answers", evaluation.phrases)
    _tell_culprits("Rules in wrong answers", evaluation.rules)


def _tell_culprits(title: str, culprits: Sequence[Culprit]) -> None:
    if not culprits:
        return
    shown = table("Rule", "Phrase", "Wrong", "Right", "Look at", right=("Wrong", "Right"), title=title)
    for one in culprits[:8]:
        shown.add_row(one.rule, one.phrase, str(one.wrong), str(one.right), " ".join(one.examples))
    console().print(shown)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
