"""What people at the desk read about messages: which, to whom, by which way, how it ended and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.desk.wording import CHANNELS
from shared.sentences import sentence, within

MESSAGES = {
    "receipt": sentence("Tanda terima"),
    "follow_receipt": sentence("Tanda terima ikut melapor"),
    "case_update": sentence("Kabar perkembangan"),
    "satisfaction": sentence("Pertanyaan kepuasan"),
    "contact_code": sentence("Kode pembuktian kontak"),
    "case_notice": sentence("Pemberitahuan laporan"),
    "case_copy": sentence("Tembusan laporan"),
    "case_addition": sentence("Pemberitahuan tambahan"),
    "case_reminder": sentence("Pengingat laporan"),
    "case_news": sentence("Kabar untuk instansi"),
    "case_escalation": sentence("Pemberitahuan batas waktu"),
    "question": sentence("Pertanyaan kepada pelapor"),
    "question_reminder": sentence("Pengingat pertanyaan"),
    "archived": sentence("Pemberitahuan pengarsipan"),
    "withdrawn": sentence("Pemberitahuan dianggap dicabut"),
    "account": sentence("Surel tentang akun"),
    "audit_head": sentence("Kepala segel catatan tindakan"),
    "test": sentence("Pesan percobaan"),
}

OUTCOMES = {
    "sent": sentence("terkirim"),
    "delivered": sentence("sudah diterima"),
    "failed": sentence("gagal dikirim"),
    "skipped": sentence("tidak dikirim"),
    "uncertain": sentence("belum pasti terkirim"),
    "captured": sentence("disimpan, tidak dikirim (peragaan)"),
}

STATES = {
    "pending": sentence("Menunggu"),
    "sending": sentence("Sedang dikirim"),
    "sent": sentence("Terkirim"),
    "delivered": sentence("Sudah diterima"),
    "uncertain": sentence("Belum pasti"),
    "failed": sentence("Gagal"),
    "skipped": sentence("Tidak dikirim"),
    "captured": sentence("Disimpan (peragaan)"),
}
STATE_MEANINGS = {
    "pending": sentence("Pesan menunggu giliran dan akan dikirim dengan sendirinya."),
    "sending": sentence("Pesan sedang diserahkan."),
    "sent": sentence("Pihak penerima mengambil alih pesan. Laporan gagal masih bisa datang."),
    "delivered": sentence("Pihak penerima melaporkan bahwa pesan sampai."),
    "uncertain": sentence(
        "Sambungan putus saat mengirim. Pesan mungkin sampai, mungkin tidak, dan tidak dikirim ulang dengan sendirinya."
    ),
    "failed": sentence("Semua saluran sudah dicoba dan tidak berhasil."),
    "skipped": sentence("Pesan sengaja tidak dikirim."),
    "captured": sentence("Pesan disimpan untuk peragaan."),
}
ATTEMPTS = {**STATES, "retry": sentence("Belum berhasil, akan dicoba lagi"), "sending": sentence("Sedang berlangsung")}

_NO_CHANNEL = {"any": sentence("Belum dipilih"), "none": sentence("Tanpa saluran")}

PERSONS_ACTS = {"delivery.retry": sentence("Dikirim ulang"), "delivery.cancel": sentence("Dibatalkan")}
REPORTED = {"delivered": sentence("Sampai"), "failed": sentence("Tidak sampai"), "delayed": sentence("Tertunda")}
EFFECTS = {
    "settled": sentence("menjadi hasil akhir"),
    "failed_over": sentence("pesan dilanjutkan lewat saluran lain"),
    "suppressed": sentence("alamat ini tidak dikirimi lagi"),
    "none": sentence("tidak mengubah apa-apa"),
    "unknown": sentence("kirimannya tidak dikenal"),
}

ALERT_ADVICE = {
    "mailbox_failing": sentence(
        "Beberapa surel dikembalikan atau hanya dijawab mesin. Tanyakan alamat surel yang dibaca orang, "
        "lalu perbarui direktori instansi."
    ),
    "way_given_up": sentence(
        "Pesan dilanjutkan lewat saluran lain bila ada. Periksa alamat instansi ini di direktori."
    ),
    "destination_away": sentence(
        "Kiriman ke sana ditahan dan dicoba lagi dengan sendirinya. Hubungi pengelola sistem di sana."
    ),
    "agency_queue_old": sentence("Sistem instansi tidak mengambil pesannya. Hubungi pengelola sistem instansi itu."),
}

DELIVERY_REASONS = {
    "accepted": sentence("pihak penerima mengambil alih"),
    "acknowledged": sentence("instansi sudah membuka laporan ini"),
    "auto_reply": sentence("dijawab otomatis oleh mesin"),
    "automatic_mail": sentence("laporan berasal dari surel otomatis"),
    "away": sentence("tujuan terlalu lama tidak terjangkau"),
    "bad_address": sentence("alamat tujuan tidak dapat dipakai"),
    "broken_connection": sentence("sambungan terputus"),
    "broken_off": sentence("sambungan terputus"),
    "broker_away": sentence("perantara pesan tidak terjangkau"),
    "broker_denied": sentence("perantara pesan menolak hak kirim"),
    "buffered": sentence("menunggu telepon tujuan menyala"),
    "cancelled": sentence("dibatalkan oleh petugas"),
    "capture_failed": sentence("berkas peragaan tidak dapat ditulis"),
    "captured": sentence("disimpan untuk peragaan"),
    "certificate": sentence("sertifikat tujuan tidak sah"),
    "combined": sentence("digabung ke pesan lain"),
    "confidential": sentence("laporan ini rahasia"),
    "confirmed": sentence("antrean instansi menerima"),
    "contact_erased": sentence("kontak pelapor dihapus sebelum pesan ini dikirim"),
    "contact_gone": sentence("kontak pelapor sudah dihapus"),
    "contacts_away": sentence("kontak pelapor sedang tidak dapat diambil"),
    "crashed_while_sending": sentence("terputus saat mengirim, hasilnya tidak diketahui"),
    "daily_cap": sentence("batas kiriman harian ke kontak ini sudah tercapai"),
    "daily_limit": sentence("batas kiriman harian ke kontak ini sudah tercapai"),
    "delivered": sentence("sampai di telepon tujuan"),
    "dsn_delayed": sentence("surel tertahan di perjalanan"),
    "dsn_delivered": sentence("surel sampai"),
    "dsn_failed": sentence("surel dikembalikan"),
    "expired": sentence("sudah terlambat untuk berguna"),
    "gateway_away": sentence("gerbang SMS tidak terjangkau"),
    "gone": sentence("alamat tujuan sudah tidak ada"),
    "login_refused": sentence("server surel menolak nama atau sandi kita"),
    "no_answer": sentence("tidak ada jawaban"),
    "no_answer_after_data": sentence("tidak ada jawaban setelah isi dikirim"),
    "no_contact": sentence("pelapor tidak meninggalkan kontak"),
    "no_encryption": sentence("server surel tidak menawarkan sandi sambungan"),
    "no_endpoint": sentence("instansi belum punya alamat untuk pemberitahuan"),
    "no_queue": sentence("antrean instansi tidak ada"),
    "no_secret": sentence("kunci tanda tangan belum dibuat"),
    "no_such_host": sentence("nama tujuan tidak dikenal"),
    "no_way_left": sentence("tidak ada saluran lain"),
    "not_composed": sentence("pesan tidak dapat disusun"),
    "not_configured": sentence("saluran pengiriman belum diatur"),
    "not_connected": sentence("tujuan tidak dapat disambung"),
    "not_wanted": sentence("saluran ini tidak membawa kabar itu"),
    "notice_cleared": sentence("isi pemberitahuannya sudah dihapus"),
    "queue_full": sentence("antrean instansi penuh"),
    "quiet_hours": sentence("menunggu jam tenang berakhir"),
    "read_receipt": sentence("surel sudah dibuka"),
    "redirected": sentence("tujuan mengalihkan ke alamat lain"),
    "refused_address": sentence("alamat tujuan tidak diizinkan"),
    "rejected_by_network": sentence("ditolak operator telepon"),
    "secret_unreadable": sentence("kunci tanda tangan tidak dapat dibaca"),
    "server_away": sentence("server surel tidak terjangkau"),
    "spam": sentence("laporan spam tidak dijawab"),
    "told_as_addition": sentence("instansi membacanya sebagai tambahan dari pelapor"),
    "superseded": sentence("laporan sudah pindah ke instansi lain"),
    "suppressed": sentence("alamat ini tidak dikirimi lagi"),
    "text_erased": sentence("isi laporan dihapus sebelum pesan ini dikirim"),
    "timeout": sentence("tidak ada jawaban pada waktunya"),
    "tls": sentence("sambungan aman gagal dibuat"),
    "undelivered": sentence("tidak sampai di telepon tujuan"),
    "unexpected_error": sentence("terjadi kesalahan saat mengirim"),
    "unreadable_answer": sentence("jawaban tujuan tidak dapat dibaca"),
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
        return sentence("surel dikembalikan, kode %(code)s", code=".".join(returned.groups()))
    if answered and answered[1] == "refused":
        return sentence("tujuan menolak, kode %(code)s", code=answered[2])
    if answered:
        return sentence("tujuan menjawab %(code)s", code=answered[2])
    return code


def message_name(message: str) -> str:
    """`case_addition.2` tells of the second addition; other numbers only keep messages apart."""
    kind, _, number = message.partition(".")
    if kind == "case_addition" and number.isdigit():
        return sentence("Pemberitahuan tambahan ke-%(number)s", number=number)
    return MESSAGES.get(kind, kind)


def channel_name(channel: str) -> str:
    return {**CHANNELS, **_NO_CHANNEL}.get(channel, channel)


def alert_title(kind: str, details: Mapping[str, Any], agency_name: str) -> str:
    """Of a channel as a whole there is no agency: then the way out itself is meant."""
    channel = channel_name(str(details.get("channel") or ""))
    if kind == "mailbox_failing":
        return sentence("Kotak surel %(agency)s bermasalah", agency=agency_name)
    if kind == "way_given_up":
        return sentence(
            "Pesan ke %(agency)s tidak sampai lewat %(channel)s", agency=agency_name, channel=within(channel)
        )
    if kind == "agency_queue_old":
        return sentence("Antrean %(agency)s tidak diambil", agency=agency_name)
    if kind == "destination_away" and agency_name:
        return sentence("%(channel)s %(agency)s tidak dapat dijangkau", channel=channel, agency=agency_name)
    if kind == "destination_away":
        return sentence("%(channel)s tidak dapat dijangkau", channel=channel)
    return kind


def alert_count(kind: str, count: int) -> str:
    """What the number of an alert counts."""
    if kind == "destination_away":
        return sentence("%(count)s menit", count=count)
    if kind == "agency_queue_old":
        return sentence("%(count)s pesan menunggu", count=count)
    return sentence("%(count)s kali", count=count)
