"""Everything that is wrong with a pack, in one reading: its files, its rules, its wording in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.router.lint import lint_rules
from shared.city import CityPack
from shared.city_calendar import CALENDAR_FOLDER
from shared.city_notifications import NOTIFICATIONS_FILE
from shared.citypack import PackError, load_pack
from shared.marked_yaml import Problem
from shared.wording import wording_problems

ERROR, WARNING = "error", "warning"
AGENCIES_FILE, WORDING = "agencies.yaml", "wording"


@dataclass(frozen=True)
class PackProblem:
    """`file` is below the pack's folder; `line` counts from 1, 0 is the whole file."""

    file: str
    line: int
    level: str
    what: str
    instead: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        mark = "" if self.level == ERROR else f" {self.level}:"
        return f"{place}:{mark} {self.what} {self.instead}".rstrip()


def lint_pack(directory: Path) -> list[PackProblem]:
    """By file and line; empty when all is well. Rules can only be looked at when the rest of the pack can be read."""
    try:
        pack = load_pack(directory)
    except PackError as error:
        found = [_error(one) for one in error.problems]
        found += [problem for language in _folders(directory) for problem in _wording(directory, language)]
    else:
        found = [*_rules(pack), *_languages(directory, pack), *_calendars(pack)]
    return sorted(found, key=lambda one: (one.file, one.line, one.what))


def _rules(pack: CityPack) -> Iterator[PackProblem]:
    for one in lint_rules(pack.rule_files, pack):
        what = f"rule `{one.rule}`: {one.what}" if one.rule else one.what
        yield PackProblem(one.file, one.line, one.level, what, one.instead)


def _calendars(pack: CityPack) -> Iterator[PackProblem]:
    """The system runs on: what it counts in such a year it calls provisional."""
    for year in pack.calendar.gaps():
        what = f"There is no calendar for {year}, between years that have one."
        yield PackProblem(f"{CALENDAR_FOLDER}/{year}.yaml", 0, ERROR, what, f"Write it: tanggap pack calendar {year}")


def _languages(directory: Path, pack: CityPack) -> Iterator[PackProblem]:
    spoken = pack.notifications.languages
    for language in spoken:
        yield from _wording(directory, language)
    for language in _folders(directory):
        if language not in spoken:
            what = f"There is wording in `{language}`, and nobody is written to in it."
            instead = f"List it in `languages` of {NOTIFICATIONS_FILE}."
            yield PackProblem(f"{WORDING}/{language}", 0, WARNING, what, instead)
    for agency in pack.agencies:
        if agency.language and agency.language not in spoken:
            what = f"`{agency.code}` is to be written to in `{agency.language}`, and there is no such wording."
            instead = f"Write it, and list it in `languages` of {NOTIFICATIONS_FILE}."
            yield PackProblem(AGENCIES_FILE, _line_of(directory, agency.code), ERROR, what, instead)


def _wording(directory: Path, language: str) -> Iterator[PackProblem]:
    folder = directory / WORDING
    if not (folder / language).is_dir():
        instead = "Copy the folder of another language and translate it, or remove the language."
        yield PackProblem(f"{WORDING}/{language}", 0, ERROR, "There is no wording in this language.", instead)
        return
    for one in wording_problems(folder, language):
        yield PackProblem(f"{WORDING}/{one.file}", one.line, ERROR, one.what, one.instead)


def _folders(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / WORDING).glob("*") if path.is_dir())


def _line_of(directory: Path, code: str) -> int:
    """Where an agency's entry begins."""
    lines = (directory / AGENCIES_FILE).read_text(encoding="utf-8").splitlines()
    begins = re.compile(rf"\s*-?\s*\{{?\s*code:\s*[\"']?{re.escape(code)}\b")
    return next((number for number, line in enumerate(lines, 1) if begins.match(line)), 0)


def _error(problem: Problem) -> PackProblem:
    return PackProblem(problem.file, problem.line, ERROR, problem.what, problem.instead)
