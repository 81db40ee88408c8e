"""Checks of the pack: it loads, its rules say what their examples say, its wording is complete."""

from __future__ import annotations

from pathlib import Path

from services.operations.finding import Finding, problem, warning, well
from services.router.lint import lint_rules
from shared.citypack import CityPack, load_pack
from shared.errors import TanggapError
from shared.wording import load_wordings


def check_pack(directory: Path) -> list[Finding]:
    try:
        pack = load_pack(directory)
    except TanggapError as error:
        lines = error.message.splitlines()
        more = f" (and {len(lines) - 2} more)" if len(lines) > 2 else ""
        return [
            problem("pack", f"{directory}: {' '.join(lines[1:2] or lines)}{more}", "mend it, or name it with --pack")
        ]
    agencies, areas = len(pack.agencies), sum(len(area.kelurahan) for area in pack.areas)
    found = [well("pack", f"{pack.city.name}: {agencies} agencies, {areas} kelurahan")]
    return [*found, _rules(pack), _wording(pack, directory)]


def _rules(pack: CityPack) -> Finding:
    problems = lint_rules(pack.rule_files, pack)
    errors = sum(one.level == "error" for one in problems)
    saw = f"{len(pack.rule_files)} files, {errors} errors, {len(problems) - errors} warnings"
    if errors:
        return problem("rules", saw, "see `tanggap rules lint`")
    return warning("rules", saw, "see `tanggap rules lint`") if problems else well("rules", saw)


def _wording(pack: CityPack, directory: Path) -> Finding:
    try:
        load_wordings(directory / "wording", pack.notifications.languages)
    except TanggapError as error:
        lines = error.message.splitlines()
        return problem("wording", " ".join(lines[1:2] or lines), "see `tanggap pack lint`")
    return well("wording", f"languages: {', '.join(pack.notifications.languages)}")
