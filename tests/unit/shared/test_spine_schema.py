"""The first migrations make the spine's tables from their present definition: it must stay what was released.

When this fails on purpose, do not write the golden file anew: freeze the former shape in shared/storage/spine.py, and
bring the change in by a new migration of each service.
"""

from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.audit import audit_table
from shared.messaging.tables import messaging_tables

GOLDEN = Path(__file__).parent / "golden" / "spine_v1.sql"


def ddl() -> str:
    metadata = MetaData()
    messaging_tables(metadata)
    audit_table(metadata)
    statements: list[CreateTable | CreateIndex] = []
    for table in metadata.sorted_tables:
        statements.append(CreateTable(table))
        statements += [CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    compiled = (str(statement.compile(dialect=dialect)).strip() for statement in statements)
    lines = ("\n".join(line.rstrip() for line in one.splitlines()) for one in compiled)
    return ";\n\n".join(lines) + ";\n"


def test_the_first_migration_still_makes_what_was_released() -> None:
    assert ddl() == GOLDEN.read_text()
