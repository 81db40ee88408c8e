"""Making a backup while everything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from services.operations.backup import manifest as manifests
from services.operations.backup.archive import BackupError, keep_last, new_archive
from services.operations.backup.folders import KEPT, fingerprint, pack_folder
from services.operations.backup.keys import present_keys
from services.operations.backup.manifest import CONTACT, CONTENT, PEPPER, Manifest
from services.operations.backup.sources import database_kind, moment
from services.operations.installation import Location, reason
from shared.city import CityPack
from shared.clock import Clock

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    path: Path
    manifest: Manifest
    files: int
    seconds: float
    removed: list[Path]


@dataclass(frozen=True)
class Wish:
    """`target` is a folder, or a file that ends in `.tar`; `keep` of 0 keeps all archives of the folder."""

    target: Path
    keep: int
    pack_folder: Path
    pack: CityPack
    product: str


def take(location: Location, wish: Wish, clock: Clock, progress: Progress = lambda _: None) -> Taken:
    """Raises `BackupError`, `Transient` or `ConfigError`; then there is no new archive, and none was removed."""
    started = clock.monotonic_seconds()
    kind = database_kind(location)
    keys = present_keys(location)
    if not keys[CONTENT] or not keys[CONTACT]:
        raise BackupError(
            "the keys of this installation are not here, so the archive could not say which ones it needs: "
            "give TANGGAP_CONTENT_KEYS and TANGGAP_CONTACT_KEYS (or …_FILE) as for intake"
        )
    pattern = f"tanggap-{wish.pack.city.ticket_prefix.lower()}-"
    now = clock.now()
    path = wish.target if wish.target.suffix == ".tar" else wish.target / f"{pattern}{now:%Y%m%dT%H%M%S}Z.tar"
    try:
        manifest, files = _write(location, wish, path, kind, keys, clock, progress)
    except DBAPIError as error:
        raise BackupError(f"no backup was made: {reason(error)}") from error
    removed = keep_last(path.parent, f"{pattern}*Z.tar", wish.keep) if wish.keep else []
    return Taken(path, manifest, files, clock.monotonic_seconds() - started, removed)


def _write(
    location: Location,
    wish: Wish,
    path: Path,
    kind: str,
    keys: dict[str, tuple[str, ...]],
    clock: Clock,
    progress: Progress,
) -> tuple[Manifest, int]:
    schemas: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    with new_archive(path) as archive:
        at = clock.now()  # what was accepted before is in it, and some milliseconds more
        with moment(location) as sources:
            for owner, source in sources.items():
                progress(f"the database of {owner}")
                schemas[owner], counts[owner] = source.schema(), source.counts()
                archive.add(source.write_to(archive.staging))
        files = 0
        for name in KEPT:
            if (location.data / name).is_dir():
                progress(f"the folder {name}")
                part = archive.staging / f"{name}.tar.gz"
                files += pack_folder(location.data / name, part)
                archive.add(part)
        part = archive.staging / "pack.tar.gz"
        pack_folder(wish.pack_folder, part)
        archive.add(part)
        progress("reading it back")
        made = Manifest(
            created_at=at,
            product=wish.product,
            database=kind,
            city=wish.pack.city.name,
            city_code=wish.pack.city.code,
            pack=fingerprint(wish.pack_folder),
            schemas=schemas,
            counts=counts,
            keys={name: [manifests.key_name(key) for key in keys[name]] for name in (CONTENT, CONTACT, PEPPER)},
            parts=archive.parts,
        )
        return archive.finish(manifests.write(made, keys[CONTENT][0])), files
