"""What people at the desk read about messages: which, to whom, by which way, how it ended and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.desk.wording import CHANNELS

MESSAGES = {
    "receipt": "Tanda terima",
    "follow_receipt": "Tanda terima ikut melapor",
    "case_update": "Kabar perkembangan",
    "satisfaction": "Pertanyaan kepuasan",
    "contact_code": "Kode pembuktian kontak",
    "case_notice": "Pemberitahuan laporan",
    "case_copy": "Tembusan laporan",
    "case_addition": "Pemberitahuan tambahan",
    "case_reminder": "Pengingat laporan",
    "test": "Pesan percobaan",
}

OUTCOMES = {
    "sent": "terkirim",
    "delivered": "sudah diterima",
    "failed": "gagal dikirim",
    "skipped": "tidak dikirim",
    "uncertain": "belum pasti terkirim",
    "captured": "disimpan, tidak dikirim (peragaan)",
}

STATES = {
    "pending": "Menunggu",
    "sending": "Sedang dikirim",
    "sent": "Terkirim",
    "delivered": "Sudah diterima",
    "uncertain": "Belum pasti",
    "failed": "Gagal",
    "skipped": "Tidak dikirim",
    "captured": "Disimpan (peragaan)",
}
STATE_MEANINGS = {
    "pending": "Pesan menunggu giliran dan akan dikirim dengan sendirinya.",
    "sending": "Pesan sedang diserahkan.",
    "sent": "Pihak penerima mengambil alih pesan. Laporan gagal masih bisa datang.",
    "delivered": "Pihak penerima melaporkan bahwa pesan sampai.",
    "uncertain": "Sambungan putus saat mengirim. Pesan mungkin sampai, mungkin tidak, "
    "dan tidak dikirim ulang dengan sendirinya.",
    "failed": "Semua saluran sudah dicoba dan tidak berhasil.",
    "skipped": "Pesan sengaja tidak dikirim.",
    "captured": "Pesan disimpan untuk peragaan.",
}
ATTEMPTS = {**STATES, "retry": "Belum berhasil, akan dicoba lagi", "sending": "Sedang berlangsung"}

REPORTED = {"delivered": "Sampai", "failed": "Tidak sampai", "delayed": "Tertunda"}
EFFECTS = {
    "settled": "menjadi hasil akhir",
    "failed_over": "pesan dilanjutkan lewat saluran lain",
    "suppressed": "alamat ini tidak dikirimi lagi",
    "none": "tidak mengubah apa-apa",
    "unknown": "kirimannya tidak dikenal",
}

ALERTS = {
    "mailbox_failing": "Kotak surel {agency} bermasalah",
    "way_given_up": "Pesan ke {agency} tidak sampai lewat {channel}",
    "destination_away": "{channel} {agency} tidak dapat dijangkau",
    "agency_queue_old": "Antrean {agency} tidak diambil",
}
ALERT_ADVICE = {
    "mailbox_failing": "Beberapa surel dikembalikan atau hanya dijawab mesin. Tanyakan alamat surel yang dibaca orang, "
    "lalu perbarui direktori instansi.",
    "way_given_up": "Pesan dilanjutkan lewat saluran lain bila ada. Periksa alamat instansi ini di direktori.",
    "destination_away": "Kiriman ke sana ditahan dan dicoba lagi dengan sendirinya. Hubungi pengelola sistem di sana.",
    "agency_queue_old": "Sistem instansi tidak mengambil pesannya. Hubungi pengelola sistem instansi itu.",
}

DELIVERY_REASONS = {
    "accepted": "pihak penerima mengambil alih",
    "acknowledged": "instansi sudah membuka laporan ini",
    "auto_reply": "dijawab otomatis oleh mesin",
    "automatic_mail": "laporan berasal dari surel otomatis",
    "away": "tujuan terlalu lama tidak terjangkau",
    "bad_address": "alamat tujuan tidak dapat dipakai",
    "broken_connection": "sambungan terputus",
    "broken_off": "sambungan terputus",
    "broker_away": "perantara pesan tidak terjangkau",
    "broker_denied": "perantara pesan menolak hak kirim",
    "buffered": "menunggu telepon tujuan menyala",
    "cancelled": "dibatalkan oleh petugas",
    "capture_failed": "berkas peragaan tidak dapat ditulis",
    "captured": "disimpan untuk peragaan",
    "certificate": "sertifikat tujuan tidak sah",
    "combined": "digabung ke pesan lain",
    "confidential": "laporan ini rahasia",
    "confirmed": "antrean instansi menerima",
    "contact_gone": "kontak pelapor sudah dihapus",
    "contacts_away": "kontak pelapor sedang tidak dapat diambil",
    "crashed_while_sending": "terputus saat mengirim, hasilnya tidak diketahui",
    "daily_cap": "batas kiriman harian ke kontak ini sudah tercapai",
    "daily_limit": "batas kiriman harian ke kontak ini sudah tercapai",
    "delivered": "sampai di telepon tujuan",
    "dsn_delayed": "surel tertahan di perjalanan",
    "dsn_delivered": "surel sampai",
    "dsn_failed": "surel dikembalikan",
    "expired": "sudah terlambat untuk berguna",
    "gateway_away": "gerbang SMS tidak terjangkau",
    "gone": "alamat tujuan sudah tidak ada",
    "login_refused": "server surel menolak nama atau sandi kita",
    "no_answer": "tidak ada jawaban",
    "no_answer_after_data": "tidak ada jawaban setelah isi dikirim",
    "no_contact": "pelapor tidak meninggalkan kontak",
    "no_encryption": "server surel tidak menawarkan sandi sambungan",
    "no_endpoint": "instansi belum punya alamat untuk pemberitahuan",
    "no_queue": "antrean instansi tidak ada",
    "no_secret": "kunci tanda tangan belum dibuat",
    "no_such_host": "nama tujuan tidak dikenal",
    "no_way_left": "tidak ada saluran lain",
    "not_composed": "pesan tidak dapat disusun",
    "not_configured": "saluran pengiriman belum diatur",
    "not_connected": "tujuan tidak dapat disambung",
    "not_wanted": "saluran ini tidak membawa kabar itu",
    "notice_cleared": "isi pemberitahuannya sudah dihapus",
    "queue_full": "antrean instansi penuh",
    "quiet_hours": "menunggu jam tenang berakhir",
    "read_receipt": "surel sudah dibuka",
    "redirected": "tujuan mengalihkan ke alamat lain",
    "refused_address": "alamat tujuan tidak diizinkan",
    "rejected_by_network": "ditolak operator telepon",
    "secret_unreadable": "kunci tanda tangan tidak dapat dibaca",
    "server_away": "server surel tidak terjangkau",
    "superseded": "laporan sudah pindah ke instansi lain",
    "suppressed": "alamat ini tidak dikirimi lagi",
    "timeout": "tidak ada jawaban pada waktunya",
    "tls": "sambungan aman gagal dibuat",
    "undelivered": "tidak sampai di telepon tujuan",
    "unexpected_error": "terjadi kesalahan saat mengirim",
    "unreadable_answer": "jawaban tujuan tidak dapat dibaca",
}
_RETURNED = re.compile(r"dsn_(\d)_(\d+)_(\d+)")
_ANSWERED = re.compile(r"(refused|answered)_(\d{3})")


def delivery_reason(code: str) -> str:
    """Its words; an unknown code as it is."""
    known = DELIVERY_REASONS.get(code)
    if known:
        return known
    returned, answered = _RETURNED.fullmatch(code), _ANSWERED.fullmatch(code)
    if returned:
        return f"surel dikembalikan, kode {'.'.join(returned.groups())}"
    if answered:
        return f"tujuan {'menolak, kode' if answered[1] == 'refused' else 'menjawab'} {answered[2]}"
    return code


def message_name(message: str) -> str:
    """`case_addition.2` tells of the second addition; other numbers only keep messages apart."""
    kind, _, number = message.partition(".")
    told = f" ke-{number}" if kind == "case_addition" and number.isdigit() else ""
    return MESSAGES.get(kind, kind) + told


def channel_name(channel: str) -> str:
    return {"any": "Belum dipilih", "none": "Tanpa saluran"}.get(channel) or CHANNELS.get(channel, channel)


def alert_title(kind: str, details: Mapping[str, Any], agency_name: str) -> str:
    """Of a channel as a whole there is no agency: then the way out itself is meant."""
    channel = str(details.get("channel") or "")
    words = {"agency": agency_name, "channel": channel_name(channel)}
    return " ".join(ALERTS.get(kind, kind).format(**words).split())
