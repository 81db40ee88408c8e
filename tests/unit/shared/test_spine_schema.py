"""The first migrations make the spine's tables from their present definition: it must stay what was released.

When this fails on purpose, do not write the golden file anew: freeze the former shape in shared/storage/spine.py, and
bring the change in by a new migration of each service.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.storage.spine import erasures_v1, spine_v1, vitals_v1

GOLDEN = Path(__file__).parent / "golden"


def ddl(metadata: MetaData) -> str:
    statements: list[CreateTable | CreateIndex] = []
    for table in metadata.sorted_tables:
        statements.append(CreateTable(table))
        statements += [CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    compiled = (str(statement.compile(dialect=dialect)).strip() for statement in statements)
    lines = ("\n".join(line.rstrip() for line in one.splitlines()) for one in compiled)
    return ";\n\n".join(lines) + ";\n"


@pytest.mark.parametrize("make", [spine_v1, erasures_v1, vitals_v1])
def test_a_migration_still_makes_what_was_released(make: Callable[[], MetaData]) -> None:
    assert ddl(make()) == (GOLDEN / f"{make.__name__}.sql").read_text()
