"""Why a photo is not kept: a code for programs, and the sentence that citizens read."""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.photos.limits import MOST_BYTES, MOST_PHOTOS

TOO_LARGE = "too_large"
TOO_MANY = "too_many"
UNSUPPORTED_TYPE = "unsupported_type"
UNREADABLE = "unreadable"
TOO_MANY_PIXELS = "too_many_pixels"

SENTENCES: Mapping[str, str] = {
    TOO_LARGE: f"Foto terlalu besar: paling besar {MOST_BYTES // 1_000_000} MB untuk satu foto.",
    TOO_MANY: f"Foto terlalu banyak: paling banyak {MOST_PHOTOS} foto dalam satu kiriman.",
    UNSUPPORTED_TYPE: "Berkas ini bukan foto yang dapat diterima. Kirim foto JPEG, PNG, WebP, atau HEIC.",
    UNREADABLE: "Foto tidak dapat dibaca, mungkin rusak. Coba ambil atau pilih foto lain.",
    TOO_MANY_PIXELS: "Ukuran gambar foto terlalu besar untuk dibuka. Perkecil fotonya, lalu kirim lagi.",
}


class PhotoRefused(Exception):
    """One photo is not kept; `code` is one of those above."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
