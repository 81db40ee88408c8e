"""`tanggap cases export`, as an operator types it."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from services.__main__ import main
from services.desk.tables import audit
from tests.unit.desk.entering import EnteringDesk, FakeEntries, entering_desk
from tests.unit.desk.test_export import case, content, store


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EnteringDesk]:
    folder = tmp_path_factory.mktemp("desk")
    with entering_desk(f"sqlite:///{folder / 'desk.db'}", folder, FakeEntries()) as opened:
        store(opened, [case(1), case(2, identity="confidential")], [content(1, "=1+1 Lampu padam.")])
        yield opened


def run(desk: EnteringDesk, *options: str) -> Result:
    folder = str(Path(desk.database.url.removeprefix("sqlite:///")).parent)
    return CliRunner().invoke(main, ["cases", "export", "--data", folder, "--from", "2026-11-01", *options])


def test_csv_to_the_screen_and_the_count_beside_it(desk: EnteringDesk) -> None:
    done = run(desk, "--to", "2026-11-30")
    assert done.exit_code == 0, done.output
    assert "CMH-000001" in done.stdout
    assert "'=1+1" in done.stdout
    assert "CMH-000002" not in done.stdout
    assert "1 cases, received 2026-11-01 to 2026-11-30; 1 confidential ones left out" in done.stderr
    with desk.database.read() as connection:
        (act,) = connection.execute(select(*audit.c).where(audit.c.act == "cases.export")).mappings().all()
    assert (act["role"], act["details"]["count"]) == ("operator", 1)


def test_json_into_a_file_that_only_its_owner_reads(desk: EnteringDesk, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert run(desk, "--to", "2026-11-30", "--format", "json", "--output", str(path)).exit_code == 0
    assert [one["tiket"] for one in json.loads(path.read_text())["cases"]] == ["CMH-000001"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--to", "kemarin"), "tidak dapat dibaca"),
        (("--to", "2026-10-01"), "mendahului"),
        (("--output", "/nowhere/out.csv"), "cannot be written"),
        (("--data", "/nowhere"), "there is no"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(desk: EnteringDesk, options: tuple[str, ...], said: str) -> None:
    done = run(desk, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output
