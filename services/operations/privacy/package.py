"""What is held of a contact as one file that its owner can read: a ZIP with a text, the data, photos and mails."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from services.intake.contacts import TypedContact
from services.intake.mail.keeping import RawMails
from services.intake.privacy.holder import Held
from services.intake.submission import KeptRaw
from services.intake.tables import answer_photos, attachments, raw_messages
from services.operations.installation import Installation
from services.operations.privacy.gathering import Whose, gather
from services.operations.privacy.opening import PrivacyParts
from services.operations.privacy.seen import Seen
from shared.errors import ConfigError, Rejected
from shared.storage.database import Database

_OURS_ONLY = 0o600
README = """\
DATA YANG DISIMPAN TENTANG {contact}
Dibuat {at} oleh {city}.

data.json    semua baris data, per layanan (intake: penerimaan, router: aturan, notifier: kiriman, desk: meja kerja)
             dan per tabel, dengan nama kolomnya. {complaints} laporan.
seen.json    siapa yang melihat kontak Anda, kapan, dan mengapa: {seen} catatan.
photos/      foto yang Anda kirim dan foto jawaban instansi: {photos} berkas.
mails/       surel Anda sebagaimana kami terima: {mails} berkas.

Tidak termasuk: kata-kata orang lain, kunci pembanding kontak, salinan pesan yang sedang berjalan antarlayanan (terhapus
sendiri dalam beberapa hari), dan cadangan. Minta perbaikan atau penghapusan kepada petugas yang memberi berkas ini.

----------------------------------------------------------------------------------------------------------------------

DATA HELD ABOUT {contact}
Made {at} by {city}.

data.json    every row of data by service (intake, router, notifier, desk) and table, with the names of its columns.
             {complaints} complaints.
seen.json    who has seen your contact, when, and why: {seen} entries.
photos/      photos that you sent, and photos of agencies' answers: {photos} files.
mails/       your mails as they reached us: {mails} files.

Not in it: words of other people, keys by which contacts are compared, copies of messages between the services (they go
by themselves within days), and backups. Ask whoever gave you this file to correct or to remove something.
"""


@dataclass(frozen=True)
class Packed:
    complaints: int
    photos: int
    mails: int
    rows: int


def pack(
    path: Path, installation: Installation, opened: PrivacyParts, contact: TypedContact, held: Held,
    acts: Sequence[Seen], *, city: str, now: datetime,
) -> Packed:  # fmt: skip
    """Writes the file, which only its maker can read. Raises `ConfigError`: it exists, or cannot be written."""
    ids = [one.complaint_id for one in held.complaints]
    data = gather(installation, Whose(contact.key, ids), lambda sealed: _unsealed(opened, sealed))
    database, read = opened.parts.spine.database, opened.holder.raws
    photos, mails = sorted(set(_photos(database, ids))), list(_mails(database, ids, held))
    told = {"contact": contact.clear, "at": f"{now:%Y-%m-%d %H:%M} UTC", "city": city, "seen": len(acts)}
    counts = {"complaints": len(ids), "photos": len(photos), "mails": len(mails)}
    files: dict[str, Callable[[], str | bytes]] = {
        "README.txt": lambda: README.format(**told, **counts),
        "data.json": lambda: _json(data),
        "seen.json": lambda: _json([asdict(one) for one in acts]),
        **{f"photos/{name[:16]}.jpg": partial(_photo, opened, name) for name in photos},
        **{f"mails/{raw_id}.eml": partial(_mail, read, kept) for raw_id, kept in mails},
    }
    _write(path, files)
    return Packed(len(ids), len(photos), len(mails), sum(len(rows) for one in data.values() for rows in one.values()))


def _write(path: Path, files: Mapping[str, Callable[[], str | bytes]]) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ONLY), "wb") as file:
            try:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
                    for name, content in files.items():
                        made.writestr(name, content())
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise ConfigError(f"{path} exists already; nothing was written") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def _photo(opened: PrivacyParts, name: str) -> bytes:
    return opened.parts.attachments.get(name) or b""


def _photos(database: Database, ids: Sequence[str]) -> Iterator[str]:
    with database.read() as connection:
        for table in (attachments, answer_photos):
            rows = connection.execute(select(table.c.sha256).where(table.c.complaint_id.in_(ids)).distinct())
            yield from (row.sha256 for row in rows)


def _mails(database: Database, ids: Sequence[str], held: Held) -> Iterator[tuple[str, KeptRaw]]:
    raw = raw_messages.c
    mine = or_(raw.complaint_id.in_(ids), raw.quarantine_id.in_(held.quarantined), raw.raw_id.in_(held.mails))
    with database.read() as connection:
        for row in connection.execute(select(raw.raw_id, raw.sha256, raw.size, raw.sealed).where(mine)):
            yield row.raw_id, KeptRaw(row.sha256, row.size, row.sealed)


def _mail(raws: RawMails, kept: KeptRaw) -> bytes:
    try:
        return raws.read(kept) or b""
    except Rejected:  # the keys of that time are gone
        return b""


def _unsealed(opened: PrivacyParts, sealed: str) -> str:
    try:
        return opened.parts.vault.sealer.unseal(sealed)
    except Rejected:
        return "<no key opens it any more>"


def _json(document: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, default=str)
