"""What the notifier's tests share besides fixtures."""

import pytest

from tests.unit.notifier.samples import Bench

on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def files(made: Bench) -> list[str]:
    folder = made.folder / "captured"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
