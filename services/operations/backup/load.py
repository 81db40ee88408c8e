"""Bringing an archive back: refused before anything was touched, or there as a whole."""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from services.composition import OWNERS, migrations_of
from services.operations.backup.afterwards import hold, hold_in_sql
from services.operations.backup.archive import Archive, BackupError
from services.operations.backup.folders import KEPT, unpack_folder
from services.operations.backup.keys import present_keys
from services.operations.backup.manifest import SQLITE, Manifest, misfits
from services.operations.backup.places import Exchange, exchange
from services.operations.backup.postgres_tools import loading
from services.operations.backup.sources import database_files, database_kind
from services.operations.backup.target import admin_url
from services.operations.installation import Location, reason
from shared.city import CityPack
from shared.errors import TanggapError
from shared.storage.database import Database
from shared.storage.postgres_roles import ensure_service

Progress = Callable[[str], None]


def check(location: Location, archive: Archive, pack: CityPack, *, without_keys: bool) -> Manifest:
    """Reads every byte. Raises `BackupError` with every reason why the archive cannot be restored here."""
    manifest = archive.verify()
    found = misfits(
        manifest,
        database=database_kind(location),
        city=(pack.city.name, pack.city.code),
        known_schemas={owner: _known_schemas(owner) for owner in OWNERS},
        keys=present_keys(location),
        without_keys=without_keys,
    )
    if found:
        raise BackupError(f"{archive.path} cannot be restored here; nothing was changed:\n  " + "\n  ".join(found))
    return manifest


def load(location: Location, archive: Archive, *, send_due: bool, progress: Progress = lambda _: None) -> None:
    """Replaces what is there. The caller has checked the archive and that nobody works with the databases.

    Deliveries that were under way are held, unless `send_due`. Raises `BackupError`.
    """
    with exchange() as places:
        for name in KEPT:
            _unpack(archive, name, location.data / name, places)
        if archive.manifest.database == SQLITE:
            _load_files(location, archive, places, send_due, progress)
        else:
            _load_postgres(location, archive, send_due, progress)
            _put_folders(places)
            return
        places.done()


def _unpack(archive: Archive, name: str, place: Path, places: Exchange) -> None:
    part = f"{name}.tar.gz"
    if part not in archive.manifest.part_names() and not place.exists():
        return
    fresh = places.new(place)
    fresh.mkdir()
    if part in archive.manifest.part_names():
        with archive.part(part) as file:
            unpack_folder(file, fresh)


def _load_files(
    location: Location, archive: Archive, places: Exchange, send_due: bool, progress: Progress
) -> None:  # fmt: skip
    for owner, path in database_files(location).items():
        progress(f"the database of {owner}")
        fresh = places.new(path)
        _unpack_file(archive, f"{owner}.db.gz", fresh)
        if owner == "notifier" and not send_due:
            _hold_in_file(fresh)


def _hold_in_file(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    try:
        with database.write() as tx:
            hold(tx)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")  # one file, to be given another name
    except (DBAPIError, TanggapError) as error:
        raise BackupError(
            f"{path.parent} cannot be written (is the disk full?): {reason(error)}. Nothing was changed."
        ) from error
    finally:
        database.close()


def _unpack_file(archive: Archive, part: str, fresh: Path) -> None:
    try:
        with archive.part(part) as packed, gzip.open(packed) as plain, fresh.open("xb") as file:
            shutil.copyfileobj(plain, file, 1024 * 1024)
            file.flush()
            os.fsync(file.fileno())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupError(f"{part} in the archive cannot be unpacked: {error}. Nothing was changed.") from error


def _load_postgres(location: Location, archive: Archive, send_due: bool, progress: Progress) -> None:
    admin = admin_url(location)
    engine = create_engine(admin, connect_args={"connect_timeout": 10})
    try:
        with engine.begin() as connection:
            for owner in OWNERS:
                ensure_service(connection, owner, location.urls[owner])
    except DBAPIError as error:
        raise BackupError(f"{reason(error)}. Nothing was changed.") from error
    finally:
        engine.dispose()
    with loading(admin) as psql:
        for owner in OWNERS:
            psql.say(f'DROP SCHEMA "{owner}" CASCADE', f'CREATE SCHEMA "{owner}" AUTHORIZATION "{owner}_owner"')
        for owner in OWNERS:
            progress(f"the database of {owner}")
            with archive.part(f"{owner}.dump") as file:
                psql.dump(file, owner, f"{owner}_owner")
        if not send_due:
            psql.say('SET LOCAL search_path = "notifier"', *hold_in_sql())
        psql.commit()


def _put_folders(places: Exchange) -> None:
    try:
        places.done()
    except OSError as error:
        raise BackupError(
            f"the databases are restored, but {error.filename or 'the data folder'} cannot be written: "
            f"{error.strerror or error}. Mend that, then restore again with --replace"
        ) from error


def _known_schemas(owner: str) -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory(str(migrations_of(owner))).walk_revisions())
