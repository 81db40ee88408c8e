"""`tanggap pack calendar`, the lint of calendars, and `tanggap deadlines`."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.commands.pack_calendar import NotWritten, known_days
from services.desk.tables import metadata
from services.operations.pack_lint import lint_pack
from shared.city_calendar import WEEKDAYS, CityCalendar
from shared.citypack import PackError, load_pack
from shared.storage.database import Database
from tests.integration.deadlines import Office
from tests.unit.deadlines.made_calendar import YEAR_2026

SOURCE = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The city's pack with few rules: they are not looked at here, and take time to read."""
    made = Path(shutil.copytree(SOURCE, tmp_path / "kota"))
    kept = {"city", "agencies", "areas", "spellings", "notifications", "deadlines", "rules/general", "rules/setwan"}
    for path in [*made.glob("*.yaml"), *made.glob("rules/*.yaml")]:
        if path.relative_to(made).with_suffix("").as_posix() not in kept:
            path.unlink()
    return made


def run(pack: Path, *arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["--pack", str(pack), *arguments], env=environment)


def test_a_calendar_is_written_for_people_to_correct(pack: Path) -> None:
    path = pack / "calendar" / "2027.yaml"
    path.unlink()
    result = run(pack, "pack", "calendar", "2027")
    assert result.exit_code == 0, result.output
    assert "18 public holidays, 8 days of joint leave; all still to be confirmed" in result.output
    written = load_pack(pack).calendar.years[2027]
    assert not written.reviewed
    assert all(day.confirm for day in written.days.values())
    assert {str(day.on): day.kind for day in written.days.values()}["2027-03-09"] == "joint_leave"
    (ramadan,) = written.periods
    assert (str(ramadan.first), str(ramadan.last)) == ("2027-02-08", "2027-03-09")
    assert path.read_text(encoding="utf-8") == (SOURCE / "calendar" / "2027.yaml").read_text(encoding="utf-8")
    assert run(pack, "pack", "calendar", "2027").exit_code == 0  # nobody touched it


@pytest.mark.parametrize(
    ("change", "why"), [(("reviewed: false", "reviewed: true"), "reviewed"), (("Natal", "Hari Natal"), "changed")]
)
def test_what_people_changed_is_not_written_over(pack: Path, change: tuple[str, str], why: str) -> None:
    path = pack / "calendar" / "2027.yaml"
    text = path.read_text(encoding="utf-8").replace(*change)
    path.write_text(text, encoding="utf-8")
    result = run(pack, "pack", "calendar", "2027")
    assert result.exit_code == 2
    assert f"has been {why}" in result.output
    assert path.read_text(encoding="utf-8") == text
    assert run(pack, "pack", "calendar", "2027", "--force").exit_code == 0
    assert path.read_text(encoding="utf-8") != text


def test_a_year_of_which_no_joint_leave_is_known_says_so(pack: Path) -> None:
    result = run(pack, "pack", "calendar", "2029")
    assert "No joint leave of 2029 is known to the program." in result.output
    assert "Years between are missing: tanggap pack calendar 2028" in result.output
    (problem,) = lint_pack(pack)
    assert str(problem) == (
        "calendar/2028.yaml: There is no calendar for 2028, between years that have one. "
        "Write it: tanggap pack calendar 2028"
    )


def test_hours_are_taken_from_the_year_before(pack: Path) -> None:
    path = pack / "calendar" / "2027.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('monday: "07:30', 'monday: "07:15'), encoding="utf-8")
    assert run(pack, "pack", "calendar", "2028").exit_code == 0
    assert '  monday: "07:15-12:00' in (pack / "calendar" / "2028.yaml").read_text(encoding="utf-8")


def test_nothing_is_known_of_a_year_before_the_republic() -> None:
    with pytest.raises(NotWritten, match="Nothing is known of 1900"):
        known_days(1900)


def test_a_pack_with_a_mistake_in_its_calendar_is_not_used(pack: Path) -> None:
    path = pack / "calendar" / "2027.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2027-08-17", "2027-08-32"), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(pack)
    (problem,) = caught.value.problems
    assert problem.file == "calendar/2027.yaml"
    assert "2027-08-32" in path.read_text(encoding="utf-8").splitlines()[problem.line - 1]


def test_a_computation_is_explained(pack: Path) -> None:
    (pack / "calendar" / "2026.yaml").write_text(YEAR_2026, encoding="utf-8")
    result = run(pack, "deadlines", "explain", "--from", "2026-12-04T10:00", "--days", "5")
    assert result.output.splitlines() == [
        "from      4 Des 2026, 10.00 WIB (that day does not count)", "days      5 working days",
        "  without Sabtu 5 Des 2026: bukan hari kerja", "  without Minggu 6 Des 2026: bukan hari kerja",
        "  without Rabu 9 Des 2026: Pilkada", "  without Sabtu 12 Des 2026: bukan hari kerja",
        "  without Minggu 13 Des 2026: bukan hari kerja", "due       14 Des 2026, 16.00 WIB",
        "told from 15 Des 2026, 07.30 WIB (office hours)", f"calendar  {load_pack(pack).calendar.hash}",
    ]  # fmt: skip
    known = json.loads(run(pack, "deadlines", "explain", "--from", "2027-12-30T03:00Z", "--days", "9", "--json").output)
    assert (known["due_at"], known["provisional"]) == ("2028-01-12T09:00:00+00:00", [2028])
    told = run(pack, "deadlines", "explain", "--from", "2027-12-30T10:00", "--days", "9").output
    assert "PROVISIONAL: there is no calendar for 2028" in told
    assert run(pack, "deadlines", "explain", "--from", "tomorrow", "--days", "1").exit_code == 2


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A desk in which one case is due in some days, and the variables by which commands find it."""
    secret = "x" * 40
    names = ("CONTENT_KEYS", "SERVICE_TOKEN", "SESSION_KEY")
    return {"TANGGAP_DATA": str(tmp_path), **{f"TANGGAP_{name}": secret for name in names}}


def test_what_another_calendar_would_move_is_shown_and_nothing_is_changed(
    pack: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    metadata.create_all(database.engine)
    office = Office(database)
    office.clock.at = today = datetime.now(UTC)
    office.uses(CityCalendar.of("Asia/Jakarta", []))
    office.receives("c1")
    office.receives("c2")
    office.moves("c2", "forwarded", "answered")
    before = office.clocks("c1")
    for year in (today.year, today.year + 1):  # closed on Fridays, one of which lies in any five working days
        hours = ", ".join(f'{day}: "08:00-16:00"' for day in WEEKDAYS[:4])
        (pack / "calendar" / f"{year}.yaml").write_text(f"hours: {{{hours}}}\n", encoding="utf-8")
    result = run(pack, "deadlines", "recount", "--dry-run", **settings)
    assert result.exit_code == 1, result.output
    assert "T-c1" in result.output
    assert "3 deadlines would move; nothing was changed (--dry-run)" in result.output
    moved = json.loads(run(pack, "deadlines", "recount", "--dry-run", "--json", **settings).stdout)
    assert [(one["ticket"], one["clock"]) for one in moved] == [
        ("T-c1", "respond"), ("T-c1", "settle"), ("T-c2", "close"),
    ]  # fmt: skip
    assert office.clocks("c1") == before
    office.uses(load_pack(pack).calendar)
    asked = run(pack, "deadlines", "recount", "--wait", "0.1", **settings)
    assert asked.exit_code == 2
    assert asked.output.endswith("The desk has not begun. It counts as soon as it is started again with this pack.\n")
    office.clock.at = datetime.now(UTC)
    office.ring()
    assert [line.split(" ")[:2] for line in office.acts.noted] == [["c1", "respond"], ["c1", "settle"], ["c2", "close"]]
    assert run(pack, "deadlines", "recount", "--dry-run", **settings).exit_code == 0
    database.close()
