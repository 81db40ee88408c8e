"""`tanggap rules suggest --from-cases`: what people decided at the desk is what the next rules are learned from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from tests.integration.router.world import assigned, received, router_world

SAID = {
    "LAMPU": ("lampu jalan {} padam", "pju {} mati total", "lampu penerangan {} tidak menyala"),
    "SEHAT": ("sampah {} menumpuk", "pohon {} mau tumbang kena kabel lampu", "sampah di {} bau"),
}
SPOTS = ("ujung", "tikungan", "lapangan", "taman", "pasar", "terminal", "jembatan", "simpang")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """48 complaints of unclear words, each given to an agency by a coordinator today."""
    with router_world(f"sqlite:///{tmp_path / 'router.db'}", tmp_path) as world:
        world.service.seed()
        spoken = [(agency, line, spot) for spot in SPOTS for agency, lines in SAID.items() for line in lines]
        rules = world.process()
        rules.load()
        for number, (agency, line, spot) in enumerate(spoken):
            given = assigned(number, agency)
            world.hear(rules, received(number, line.format(spot)))
            world.hear(rules, type(given)(**{**vars(given), "assigned_at": datetime.now(UTC)}))
    return tmp_path


def suggest(data: Path, *arguments: str) -> Result:
    options = ["--pack", str(data / "city"), "rules", "suggest", *arguments]
    return CliRunner().invoke(main, options, env={"TANGGAP_DATA": str(data)}, catch_exceptions=False)


def test_rules_are_learned_from_what_people_decided(data: Path) -> None:
    pytest.importorskip("scipy")
    result = suggest(data, "--from-cases", "1", "--phrases", "20", "--out", str(data / "learned"))
    assert result.exit_code == 0, result.output
    assert "from 48 complaints" in result.output
    written = "\n".join(path.read_text(encoding="utf-8") for path in (data / "learned").rglob("*.yaml"))
    assert "sampah" in written
    assert "agency: SEHAT" in written


def test_decisions_of_other_days_do_not_count(data: Path) -> None:
    result = suggest(data, "--from-cases", "0.00000001")
    assert result.exit_code == 2
    assert "too few to learn from" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "FILE or --from-cases"),
        (("file.csv", "--from-cases", "3"), "FILE or --from-cases"),
        (("file.csv",), "--text COL and --label COL"),
        (("--from-cases", "0"), "not in the range"),
        (("--from-cases", "3", "--data", "/nowhere"), "router"),
    ],
)
def test_a_wrong_call_says_what_to_write(data: Path, arguments: tuple[str, ...], told: str) -> None:
    result = suggest(data, *arguments)
    assert result.exit_code != 0
    assert told in result.output
