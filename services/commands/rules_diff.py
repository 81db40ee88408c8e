"""`tanggap rules diff`: what another rule set would change, in words and for complaints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import track
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option
from services.commands.rendering import console, print_json, progress_console, table
from services.commands.rules_file import read_texts
from services.commands.rules_sources import ACTIVE, PACK, Chosen, RuleSources, rule_sources
from services.operations.sentences import counted
from services.router.difference import Difference, Verdict, compare_decisions
from services.router.repository_labels import recent_complaints
from services.router.rule_changes import Change, compare_files
from services.router.sample import Sample

_MOST_COMPLAINTS = 200_000
_SHOWN_CHANGES, _LONGEST_CELL = 40, 60
_TOLD = {
    Verdict.CONTRADICTS: ("red", "contradicts a person"),
    Verdict.NEITHER: ("yellow", "a person said otherwise"),
    Verdict.AGREES: ("green", "now as a person said"),
    Verdict.UNJUDGED: ("", ""),
}


@click.command("diff")
@click.argument("old", default=ACTIVE)
@click.argument("new", default=PACK)
@click.option(
    "--on", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Try both on a CSV file."
)
@click.option("--text", "text_column", metavar="COL", help="With --on: the column with what citizens wrote.")
@click.option("--label", "label_column", metavar="COL", help="With --on: the column with the agency in charge, if any.")
@click.option("--recent", type=click.FloatRange(min=0, min_open=True), metavar="DAYS", help="Try both on complaints.")
@click.option("--shown", type=click.IntRange(0), default=30, show_default=True, help="Complaints listed, at most.")
@data_option
@json_option
@click.pass_obj
def diff_command(
    options: dict[str, Any], old: str, new: str, file: Path | None, text_column: str | None, label_column: str | None,
    recent: float | None, shown: int, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare the rule sets OLD (default: active) and NEW (default: pack). Code 1 when something is different.

    Each is `active`, `pack`, the folder of a pack, or the beginning of a stored set's id. Without --on and --recent
    only the rules are compared; with one of them, complaints that would go elsewhere are listed, and first those that
    a person had given to the agency to which they would no longer go. Nothing is changed.
    """
    if file is not None and recent is not None:
        raise click.UsageError("give --on or --recent, not both")
    if file is not None and not text_column:
        raise click.UsageError("--on needs --text COL, the column with what citizens wrote")
    with rule_sources(options, data) as sources:
        sides = sources.choose(old), sources.choose(new)
        changes = compare_files(sides[0].files, sides[1].files, sources.pack)
        deciders = [sources.compile(side) for side in sides]
        samples = None
        if file is not None:
            rows = read_texts(file, str(text_column), label_column, sources.pack.agencies)
            samples = [Sample(row.id, row.text, label=row.label) for row in rows]
        elif recent is not None:
            samples = _recent(sources, recent)
    ids = deciders[0][0].id, deciders[1][0].id
    found = None if samples is None else compare_decisions(_tracked(samples), deciders[0][1], deciders[1][1])
    if as_json:
        print_json(_document(sides, ids, changes, found))
    else:
        _show(sides, ids, changes, found, shown)
    sys.exit(ATTENTION if changes or (found and found.moved) else ALL_WELL)


def _recent(sources: RuleSources, days: float) -> list[Sample]:
    versions = sources.versions
    since = versions.clock.now() - timedelta(days=min(days, 36500.0))
    with versions.database.read() as connection:
        return recent_complaints(connection, since, _MOST_COMPLAINTS)


def _tracked(samples: list[Sample]) -> Iterator[Sample]:
    yield from track(samples, "Deciding twice", console=progress_console(), transient=True, show_speed=False)


def _document(
    sides: tuple[Chosen, Chosen], ids: tuple[str, str], changes: list[Change], found: Difference | None
) -> dict[str, Any]:
    told = {
        name: {"name": side.name, "ruleset": id_} for name, side, id_ in zip(("old", "new"), sides, ids, strict=True)
    }
    return {**told, "changes": [change.as_dict() for change in changes], "on": found.as_dict() if found else None}


def _show(
    sides: tuple[Chosen, Chosen], ids: tuple[str, str], changes: list[Change], found: Difference | None, shown: int
) -> None:
    out = console()
    for label, side, id_ in zip(("old", "new"), sides, ids, strict=True):
        out.print(f"{label}  {id_}  {side.name if side.name != id_ else ''}".rstrip(), markup=False)
    show_changes(changes)
    if found is not None:
        _show_complaints(found, shown)
    elif changes:
        out.print("Which complaints would go elsewhere? Add --recent 30, or --on FILE.csv --text COL.")
    if changes and sides[0].name == ACTIVE:
        out.print(f"To put it in force: tanggap rules activate {sides[1].name} --because '…'", markup=False)


def show_changes(changes: list[Change]) -> None:
    out = console()
    if not changes:
        out.print("no rule is different")
        return
    made = table("Rule", "What", "Old", "New", title=counted(len(changes), "difference") + " in the rules")
    for change in changes[:_SHOWN_CHANGES]:
        made.add_row(*(Text(_short(part)) for part in (change.where, change.what, change.old, change.new)))
    out.print(made)
    if len(changes) > _SHOWN_CHANGES:
        out.print(f"… and {len(changes) - _SHOWN_CHANGES} more (all of them with --json)")


def _short(part: str | None) -> str:
    """Whole conditions do not fit into a table; `pack diff` and --json show them."""
    told = part or "-"
    return told if len(told) <= _LONGEST_CELL else f"{told[: _LONGEST_CELL - 1]}…"


def _show_complaints(found: Difference, shown: int) -> None:
    out = console()
    out.print(f"{counted(found.compared, 'complaint')} compared, {len(found.moved)} would go elsewhere")
    if found.labelled:
        out.print(
            f"as people decided: {found.old_right} of {found.labelled} by the old rules, {found.new_right} by the new"
        )
    if not found.moved:
        return
    matrix = table("From", "To", "Complaints", right=("Complaints",))
    for old, new, count in found.matrix[:20]:
        matrix.add_row(old, new, str(count))
    out.print(matrix)
    listed = table("Complaint", "From", "To", "A person said", "Text")
    listed.columns[0].no_wrap = True
    for one in found.ordered()[:shown]:
        style, told = _TOLD[one.verdict]
        word = Text(f"{one.label}\n{told}" if one.label else "-", style=style)
        listed.add_row(Text(one.id), _with_reason(one.old, one.old_reason), _with_reason(one.new, one.new_reason), word,
                       Text(one.excerpt))  # fmt: skip
    out.print(listed)
    if len(found.moved) > shown:
        out.print(f"… and {len(found.moved) - shown} more (all of them with --json)")
    contradictions = found.verdicts[Verdict.CONTRADICTS]
    if contradictions:
        out.print(Text(f"{contradictions} would leave the agency that a person chose: look at these first", "bold red"))


def _with_reason(place: str, reason: str) -> Text:
    return Text(f"{place}\n({reason})" if place == "triage" else place)
