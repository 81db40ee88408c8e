"""What the page of privacy calls the codes of what is kept and why it goes. Pure."""

from __future__ import annotations

from shared.sentences import sentence

KINDS = {
    "contact": sentence("Kontak pelapor"),
    "text": sentence("Isi laporan, tambahan, dan jawaban"),
    "photos": sentence("Foto"),
    "mails": sentence("Surel asli laporan"),
    "quarantine": sentence("Surel karantina yang sudah diselesaikan"),
    "unsettled": sentence("Surel karantina yang belum diselesaikan"),
    "sms": sentence("Catatan SMS"),
}
BEGINNINGS = {
    "contact": sentence("sejak laporan selesai"),
    "text": sentence("sejak laporan selesai"),
    "photos": sentence("sejak laporan selesai"),
    "mails": sentence("sejak laporan selesai"),
    "quarantine": sentence("sejak diselesaikan petugas"),
    "unsettled": sentence("sejak tiba"),
    "sms": sentence("sejak tiba"),
}
REASONS = {"request": sentence("atas permintaan pelapor"), "retention": sentence("masa simpan lewat")}
