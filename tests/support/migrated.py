"""A migrated database, quickly: most tests want the newest schema, and only a few how it came about."""

import atexit
import shutil
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import Engine, inspect

from shared.storage.database import Database
from shared.storage.migrate import upgrade

_templates: dict[Path, Path] = {}


def migrate(engine: Engine, migrations: Path) -> None:
    """As `upgrade` of an empty database: on SQLite a copy of one that this process has migrated before."""
    if engine.dialect.name != "sqlite" or inspect(engine).get_table_names():
        upgrade(engine, migrations)
        return
    template = _templates.get(migrations) or _make(migrations)
    source = sqlite3.connect(template)
    raw = engine.raw_connection()
    try:
        source.backup(raw.driver_connection)  # type: ignore[arg-type]
    finally:
        raw.close()
        source.close()


def _make(migrations: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tanggap-schema-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'schema.db'}")
    upgrade(database.engine, migrations)
    database.close()
    _templates[migrations] = folder / "schema.db"
    return _templates[migrations]
