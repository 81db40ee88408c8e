"""Mails as they came, kept sealed: small ones in the database, where they cost no further wait for the disk."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.submission import KeptRaw
from services.intake.text import clean_line
from shared.blobs import BlobFolder
from shared.errors import Rejected
from shared.sealing import Sealer

MOST_IN_ROW_BYTES = 100_000
_PIECE_BYTES = 2_000_000
_MOST_OPEN_BYTES = 100_000_000


@dataclass(frozen=True)
class RawMails:
    """Sealed with the contact keys: the sender's address stands in every mail."""

    folder: BlobFolder
    sealer: Sealer

    def keep(self, raw: bytes) -> KeptRaw:
        """A large one survives a power cut when it returns, a small one with its row. Each time it is another text.

        Raises `Transient`: disk full.
        """
        packed = zlib.compress(raw, 1)
        pieces = (packed[start : start + _PIECE_BYTES] for start in range(0, len(packed), _PIECE_BYTES))
        # Sealed piece by piece: sealing takes ten times the memory of what is sealed.
        sealed = [self.sealer.seal(base64.b64encode(piece).decode("ascii")).encode("ascii") for piece in pieces]
        whole = b"\n".join(sealed)
        if len(whole) <= MOST_IN_ROW_BYTES:
            return KeptRaw(hashlib.sha256(whole).hexdigest(), len(raw), whole.decode("ascii"))
        return KeptRaw(self.folder.put(whole), len(raw))

    def read(self, kept: KeptRaw) -> bytes | None:
        """None when it is gone. Raises `Rejected` (`unreadable_seal`) when no key opens it, and `Transient`."""
        sealed = kept.sealed.encode("ascii", "replace") or self.folder.get(kept.sha256)
        if sealed is None:
            return None
        unpacking, pieces = zlib.decompressobj(), []
        try:
            for piece in sealed.split(b"\n"):
                packed = base64.b64decode(self.sealer.unseal(piece.decode("ascii", "replace")), validate=True)
                pieces.append(unpacking.decompress(packed, _MOST_OPEN_BYTES))
        except (binascii.Error, zlib.error, ValueError):
            raise Rejected("what the seal held is no mail", code="unreadable_seal") from None
        if not unpacking.eof:
            raise Rejected("the end of the sealed mail is missing", code="unreadable_seal")
        return b"".join(pieces)

    def drop(self, kept: KeptRaw) -> None:
        """For a mail that turned out to be known: nothing refers to this copy."""
        if not kept.sealed:
            self.folder.remove(kept.sha256)


def with_envelope(raw: bytes, mail_from: str | None, recipients: Sequence[str]) -> bytes:
    """The mail under the lines that a server writes at final delivery, so that it can be read again later.

    Nothing is added to one whose envelope is not known (a mailbox): there the server has written them.
    """
    if mail_from is None:
        return raw
    lines = [f"Return-Path: <{_in_header(mail_from)}>", *(f"Delivered-To: {_in_header(one)}" for one in recipients)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + raw


def _in_header(address: str) -> str:
    return clean_line(address).replace("<", "").replace(">", "")[:320]
