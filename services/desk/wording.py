"""What people at the desk read for the codes that the system uses. Pure. An unknown code is shown as it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")

STATES = {
    "triage": "Menunggu koordinator",
    "forwarded": "Diteruskan",
    "in_progress": "Diproses",
    "answered": "Ditindaklanjuti",
    "closed": "Selesai",
}

SCORES = {1: "Sangat tidak puas", 2: "Tidak puas", 3: "Cukup puas", 4: "Puas", 5: "Sangat puas"}

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

ACTS = {
    "login": "Masuk",
    "logout": "Keluar",
    "case.assign": "Menyerahkan laporan",
    "case.acknowledge": "Membuka laporan untuk pertama kali",
    "case.answer": "Menjawab laporan",
    "case.close": "Menutup laporan",
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
