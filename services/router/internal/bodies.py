"""Reading what the desk sends, and telling mistakes of rules."""

from __future__ import annotations

from typing import Any

from services.router.rule import RuleProblem, RulesError
from services.router.versions import RulesRefused
from shared.errors import Refused

MOST_FILES, MOST_FILE_CHARACTERS, MOST_TEXT, MOST_DAYS, MOST_SHOWN = 500, 1_500_000, 20_000, 366, 500


def read_files(body: dict[str, Any]) -> dict[str, str]:
    files = body.get("files")
    if not isinstance(files, dict) or not files or len(files) > MOST_FILES:
        raise Refused(f"files: an object of 1 to {MOST_FILES} texts by file name is needed", code="invalid_fields")
    if not all(isinstance(text, str) for text in files.values()):
        raise Refused("files: every file must be a text", code="invalid_fields")
    if sum(map(len, files.values())) > MOST_FILE_CHARACTERS:
        raise Refused(f"files: more than {MOST_FILE_CHARACTERS} characters", code="rules_too_large", status=413)
    return files


def read_text(body: dict[str, Any], name: str, most: int, *, default: str | None = None) -> str:
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value.strip() or len(value) > most or "\x00" in value:
        raise Refused(f"{name}: a text of 1 to {most} characters is needed", code="invalid_fields")
    return value.strip() if name != "text" else value


def read_days(body: dict[str, Any]) -> float:
    days = body.get("days", 30)
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= MOST_DAYS:
        raise Refused(f"days: a number above 0, at most {MOST_DAYS}, is needed", code="invalid_fields")
    return float(days)


def tell_problem(problem: RuleProblem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("file", "line", "rule", "what", "instead", "level")}


def mistakes(error: RulesError | RulesRefused) -> tuple[dict[str, Any], int, dict[str, str]]:
    """As other refusals, with the problems as data besides."""
    body = {
        "type": f"urn:tanggap:problem:{error.code}",
        "title": "The rules cannot be used",
        "status": 422,
        "code": error.code,
        "detail": error.message[:4000],
        "problems": [tell_problem(problem) for problem in error.problems[:MOST_SHOWN]],
    }
    return body, 422, {"Content-Type": "application/problem+json"}


def read_number(body: dict[str, Any], name: str, least: int, most: int) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{name}: a whole number from {least} to {most} is needed", code="invalid_fields")
    return value


def read_string(body: dict[str, Any], name: str) -> str:
    """Any text, also an empty one; whoever uses it says how long it may be. Missing: empty."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Refused(f"{name}: a text is needed", code="invalid_fields")
    return value
