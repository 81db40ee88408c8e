"""`tanggap pack lint`: everything of a pack in one command, each mistake with its place and what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.operations.pack_lint import lint_pack

SOURCE = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCE, tmp_path / "kota"))


def change(path: Path, old: str, new: str) -> int:
    """The line on which it was."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["pack", "lint", *arguments])


def told(pack: Path) -> list[str]:
    return [str(problem) for problem in lint_pack(pack)]


def test_the_city_s_own_pack_has_no_mistakes() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.output.endswith("0 errors, 0 warnings\n")


def test_mistakes_of_every_kind_of_file_are_told_at_once(pack: Path) -> None:
    places = {
        "notifications.yaml": change(pack / "notifications.yaml", "gather_seconds: 300", "gather_seconds: -1"),
        "city.yaml": change(pack / "city.yaml", "Asia/Jakarta", "Asia/Cimahi"),
        "agencies.yaml": change(pack / "agencies.yaml", "dlh@cimahi.example", "dlh.cimahi"),
        "wording/en/case_update.sms.txt": change(pack / "wording/en/case_update.sms.txt", "{{ link }}", "{{ lnk }}"),
    }
    result = run(str(pack))
    assert result.exit_code == 1
    for file, line in places.items():
        assert f"{file}:{line}: " in result.output
    assert "Did you mean `link`?" in result.output


def test_rules_are_looked_at_with_the_rest(pack: Path) -> None:
    line = change(pack / "rules/dlh.yaml", "agency: DLH", "agency: DLX")
    (found,) = [one for one in told(pack) if "There is no agency `DLX`" in one]
    file, where = found.split(":")[:2]
    assert (file, int(where)) == ("rules/dlh.yaml", line - 1)  # where the rule begins


def test_a_language_without_wording_and_wording_without_a_language(pack: Path) -> None:
    change(pack / "notifications.yaml", "languages: [id, en]", "languages: [id, su]")
    assert told(pack) == [
        "wording/en: warning: There is wording in `en`, and nobody is written to in it. "
        "List it in `languages` of notifications.yaml.",
        "wording/su: There is no wording in this language. "
        "Copy the folder of another language and translate it, or remove the language.",
    ]


def test_warnings_alone_are_no_failure(pack: Path) -> None:
    change(pack / "notifications.yaml", "languages: [id, en]", "languages: [id]")
    assert run(str(pack)).exit_code == 0


def test_an_agency_is_not_written_to_in_a_language_that_there_is_none_of(pack: Path) -> None:
    line = change(pack / "agencies.yaml", "email: dlh@cimahi.example", "email: dlh@cimahi.example\n    language: su")
    (problem,) = lint_pack(pack)
    assert problem.what.startswith("`DLH` is to be written to in `su`")
    assert 0 < problem.line < line
    assert "code: DLH" in (pack / "agencies.yaml").read_text().splitlines()[problem.line - 1]


def test_for_machines_it_is_json(pack: Path) -> None:
    line = change(pack / "wording/id/receipt.sms.txt", "{{ ticket }}", "{{ ticket.__class__ }}")
    result = run(str(pack), "--json")
    document = json.loads(result.output)
    assert (result.exit_code, document["warnings"]) == (1, 0)
    first = document["problems"][0]
    assert document["errors"] == len(document["problems"]) > 0
    assert {name: first[name] for name in ("file", "line", "level")} == {
        "file": "wording/id/receipt.sms.txt", "line": line, "level": "error",
    }  # fmt: skip


def test_a_folder_that_is_no_pack_is_told_about(tmp_path: Path) -> None:
    result = run(str(tmp_path))
    assert result.exit_code == 1
    assert "city.yaml: The file cannot be read" in result.output
