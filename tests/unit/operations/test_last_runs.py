"""What reconcile and backup leave for the operator's page."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.desk.tables import vitals
from services.operations.installation import Installation
from services.operations.last_runs import leave_backup, leave_reconcile
from shared.thresholds import OK, WARNING
from shared.vitals.table import every


@pytest.mark.parametrize(("differences", "state"), [(0, OK), (3, WARNING)])
def test_the_last_run_of_each_is_kept(installation: Installation, differences: int, state: str) -> None:
    where, clock = installation.location, installation.clock
    assert leave_reconcile(where, clock, differences=99)
    assert leave_reconcile(where, clock, differences=differences)
    assert leave_backup(where, clock)
    with installation.members["desk"].database.read() as connection:
        rows = {row.role: row for row in every(connection, vitals)}
    assert list(rows) == ["backup", "reconcile"]
    (sign,) = rows["reconcile"].signs
    assert (sign.value, sign.state) == (differences, state)


def test_a_desk_that_cannot_be_reached_costs_the_command_nothing(installation: Installation, tmp_path: Path) -> None:
    nowhere = replace(installation.location, urls={"desk": f"sqlite:///{tmp_path / 'none.db'}"})
    assert not leave_backup(nowhere, installation.clock)
    assert not (tmp_path / "none.db").exists()
