"""What people at the desk read for the codes that the system uses. Pure. An unknown code is shown as it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.desk.cases import Happening
from shared.contracts.case import BY_RULES

MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")

STATES = {"triage": "Menunggu koordinator", "forwarded": "Diteruskan"}

ROLES = {
    "officer": "Petugas instansi",
    "head": "Kepala instansi",
    "coordinator": "Koordinator",
    "secretary": "Sekretaris",
    "operator": "Operator sistem",
    "auditor": "Auditor",
    "system": "Sistem",
    "router": "Aturan",
}

KINDS = {"pengaduan": "Pengaduan", "aspirasi": "Aspirasi", "permintaan_informasi": "Permintaan informasi"}

CHANNELS = {
    "web": "Formulir web",
    "sms": "SMS",
    "api": "Aplikasi",
    "email": "Surel",
    "open311": "Open311",
    "counter": "Loket",
    "phone": "Telepon",
    "wa": "WhatsApp",
    "webhook": "Sambungan sistem",
    "amqp": "Antrean instansi",
    "desk": "Meja kerja",
    "inbox": "Meja kerja",
}

IDENTITIES = {"anonymous": "Anonim", "open": "Terbuka", "confidential": "Rahasia"}
IDENTITY_MEANINGS = {
    "anonymous": "Instansi tidak mendapat nama dan kontak pelapor.",
    "open": "Pelapor mengizinkan instansi yang menangani menghubunginya.",
    "confidential": "Hanya kepala instansi dan petugas yang ditunjuk yang boleh membuka laporan ini. "
    "Nama dan kontak pelapor tidak diberikan kepada instansi.",
}

PHOTO_ORIGINS = {
    "report": "dikirim bersama laporan",
    "addition": "ditambahkan pelapor",
    "follower": "dari warga lain yang ikut melapor",
}
TRIAGE_REASONS = {
    "no_content": "Isi laporan tidak memuat kata yang dapat dinilai.",
    "no_match": "Tidak ada kata dalam laporan yang dikenal aturan.",
    "weak": "Petunjuknya terlalu lemah untuk menentukan instansi.",
    "tie": "Dua instansi atau lebih sama kuatnya untuk pokok yang sama.",
    "several_topics": "Laporan ini memuat lebih dari satu pokok, dan tidak satu pun menonjol.",
    "thanks_only": "Isinya ucapan terima kasih atau pujian, bukan keluhan.",
    "external_confirmation": "Aturan menunjuk badan di luar pemerintah kota. Penyerahan perlu persetujuan Anda.",
    "unknown_agency": "Aturan menunjuk instansi yang belum ada di direktori.",
    "matched": "Kata-kata dalam laporan cocok dengan aturan.",
    "out_of_area": "Tempat kejadiannya di luar wilayah kota.",
}

ADDITIONS = {
    "addition": "Pelapor menambahkan keterangan",
    "answer": "Pelapor menjawab pertanyaan kami",
    "not_solved": "Pelapor menyatakan masalahnya belum selesai",
    "late_part": "Bagian pesan yang terlambat diterima",
}

REFERENCES = {"open311_service": "Layanan yang dipilih (Open311)", "sp4n": "Nomor SP4N-LAPOR!"}

MESSAGES = {
    "receipt": "Tanda terima",
    "case_notice": "Pemberitahuan laporan",
    "case_copy": "Tembusan laporan",
    "case_addition": "Pemberitahuan tambahan",
    "follow_receipt": "Tanda terima ikut melapor",
}

HELD_REASONS = {
    "encrypted": "Surel terenkripsi",
    "agency_reply": "Jawaban instansi lewat surel",
    "empty_reply": "Balasan tanpa isi yang dapat dibaca",
    "only_attachments": "Hanya berisi lampiran",
    "looks_auto_reply": "Tampaknya balasan otomatis",
    "null_sender": "Tanpa alamat pengirim",
    "unreadable": "Tidak ada yang dapat dibaca",
    "reader_failed": "Surel tidak dapat dibaca oleh program",
}

DELIVERY_REASONS = {
    "no_contact": "pelapor tidak meninggalkan kontak",
    "daily_cap": "batas kiriman harian ke kontak ini sudah tercapai",
    "automatic_mail": "laporan berasal dari surel otomatis",
    "suppressed": "pelapor tidak ingin dikirimi pesan lewat saluran ini",
    "not_configured": "saluran pengiriman belum diatur",
    "no_endpoint": "instansi belum punya alamat untuk pemberitahuan",
    "contact_gone": "kontak pelapor sudah dihapus",
    "superseded": "laporan sudah pindah ke instansi lain",
    "bad_address": "alamat tujuan tidak dapat dipakai",
    "crashed_while_sending": "terputus saat mengirim, hasilnya tidak diketahui",
    "unexpected_error": "terjadi kesalahan saat mengirim",
}

OUTCOMES = {
    "sent": "terkirim",
    "delivered": "sudah diterima",
    "failed": "gagal dikirim",
    "skipped": "tidak dikirim",
    "uncertain": "belum pasti terkirim",
    "captured": "disimpan, tidak dikirim (peragaan)",
}

ACTS = {
    "login": "Masuk",
    "logout": "Keluar",
    "case.assign": "Menyerahkan laporan",
    "contact.reveal": "Menampilkan kontak pelapor",
    "dead.replay": "Mengulang pesan gagal",
    "dead.discard": "Membuang pesan gagal",
    "person.add": "Menambah orang",
    "quarantine.show": "Melihat pesan karantina",
    "quarantine.replay": "Mengolah lagi pesan karantina",
    "quarantine.discard": "Membuang pesan karantina",
    "directory.seed": "Memperbarui direktori instansi",
}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """For instance `24 Nov 2026, 09.15 WIB`."""
    local = at.astimezone(zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H.%M} {local.tzname()}"


def read_moment(text: str) -> datetime | None:
    """The instant that another service wrote in ISO 8601, if it is one."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def place(kelurahan: str | None, kecamatan: str | None) -> str:
    parts = [f"Kel. {kelurahan}" if kelurahan else "", f"Kec. {kecamatan}" if kecamatan else ""]
    return ", ".join(part for part in parts if part) or "Tempat belum diketahui"


def reference_label(system: str) -> str:
    """What stands before another system's number."""
    return REFERENCES.get(system, f"Nomor {system}")


def recipient(code: str) -> str:
    return "pelapor" if code == "citizen" else code


def happening(event: Happening) -> str:
    """One sentence for the timeline."""
    sentences = {
        "routed": _routed,
        "unrouted": _unrouted,
        "assigned": _assigned,
        "delivery": _delivery,
        "contact": _contact,
        "added": _added,
        "followed": _followed,
        "reassessed": _reassessed,
        "lapsed": _lapsed,
    }
    sentence = sentences.get(event.act)
    return sentence(event.data, event) if sentence else event.act


def note(event: Happening) -> str:
    """What stands below it: a person's reason, or the reason code of a delivery that did not arrive."""
    if event.act in ("assigned", "contact"):
        return f"Alasan: {event.note}"
    if event.act == "reassessed":
        return _why_reassessed(event.data)
    if event.act == "unrouted":
        return TRIAGE_REASONS.get(event.note, event.note)
    ended_badly = event.act == "delivery" and event.data.get("outcome") in ("failed", "skipped", "uncertain")
    return f"Sebab: {DELIVERY_REASONS.get(event.note, event.note)}" if ended_badly else ""


def _why_reassessed(data: dict[str, Any]) -> str:
    rules = ", ".join(str(rule) for rule in data.get("rules", ()))
    return f"Aturan: {rules}" if rules else TRIAGE_REASONS.get(str(data.get("reason")), "")


def _routed(data: dict[str, Any], _event: Happening) -> str:
    urgent = "Keadaan darurat: langsung diteruskan" if data.get("outcome") == "emergency" else "Diteruskan"
    return f"{urgent} ke {data.get('agency')} oleh aturan"


def _unrouted(_data: dict[str, Any], _event: Happening) -> str:
    return "Diserahkan kepada koordinator untuk diputuskan"


def _assigned(data: dict[str, Any], event: Happening) -> str:
    before = f" dari {data['before']}" if data.get("before") else ""
    return f"Diserahkan{before} ke {data.get('agency')} oleh {_who(data, event)}"


def _added(data: dict[str, Any], _event: Happening) -> str:
    by = CHANNELS.get(str(data.get("channel")), str(data.get("channel")))
    sentence = ADDITIONS.get(str(data.get("what")), ADDITIONS["addition"])
    photos = f", dengan {data['photos']} foto" if data.get("photos") else ""
    return f"{sentence} lewat {by} (tambahan ke-{data.get('number')}){photos}"


def _followed(data: dict[str, Any], _event: Happening) -> str:
    by = CHANNELS.get(str(data.get("channel")), str(data.get("channel")))
    return f"Warga lain ikut melapor lewat {by}, tiket {data.get('ticket')}"


def _reassessed(data: dict[str, Any], _event: Happening) -> str:
    thought = data.get("thought")
    verdict = f"sekarang menunjuk {thought}" if thought else "belum menunjuk instansi"
    return f"Aturan menilai ulang setelah tambahan: {verdict}"


def _lapsed(_data: dict[str, Any], _event: Happening) -> str:
    return "Pelapor tidak menjawab pertanyaan kami sampai batas waktunya; laporan dianggap dicabut"


def _contact(data: dict[str, Any], event: Happening) -> str:
    return f"Kontak pelapor diminta oleh {_who(data, event)}"


def _delivery(data: dict[str, Any], _event: Happening) -> str:
    message = MESSAGES.get(str(data.get("message")).partition(".")[0], "Pemberitahuan")
    channel = str(data.get("channel"))
    by = "" if channel in ("none", "any") else f" lewat {CHANNELS.get(channel, channel)}"
    outcome = OUTCOMES.get(str(data.get("outcome")), str(data.get("outcome")))
    return f"{message} untuk {recipient(str(data.get('recipient')))}{by}: {outcome}"


def _who(data: dict[str, Any], event: Happening) -> str:
    if event.role == BY_RULES:
        return "aturan"
    return f"{data.get('name') or event.actor} ({ROLES.get(event.role, event.role).lower()})"
