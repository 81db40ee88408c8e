"""What people at the desk read for the codes that the system uses. Pure. An unknown code is shown as it is.

Sentences (`shared/sentences.py`): a page prints each in the language of its reader.
"""

from __future__ import annotations

from datetime import datetime

from shared.sentences import sentence

STATES = {
    "triage": sentence("Menunggu koordinator"),
    "waiting": sentence("Menunggu pelapor"),
    "forwarded": sentence("Diteruskan"),
    "referred": sentence("Dirujuk ke luar"),
    "in_progress": sentence("Diproses"),
    "answered": sentence("Ditindaklanjuti"),
    "closed": sentence("Selesai"),
    "archived": sentence("Diarsipkan"),
    "withdrawn": sentence("Dianggap dicabut"),
}

SCORES = {
    1: sentence("Sangat tidak puas"),
    2: sentence("Tidak puas"),
    3: sentence("Cukup puas"),
    4: sentence("Puas"),
    5: sentence("Sangat puas"),
}

ROLES = {
    "officer": sentence("Petugas instansi"),
    "head": sentence("Kepala instansi"),
    "coordinator": sentence("Koordinator"),
    "secretary": sentence("Sekretaris"),
    "operator": sentence("Operator sistem"),
    "auditor": sentence("Auditor"),
    "system": sentence("Sistem"),
    "router": sentence("Aturan"),
}

KINDS = {
    "pengaduan": sentence("Pengaduan"),
    "aspirasi": sentence("Aspirasi"),
    "permintaan_informasi": sentence("Permintaan informasi"),
}

CHANNELS = {
    "web": sentence("Formulir web"),
    "sms": sentence("SMS"),
    "api": sentence("Aplikasi"),
    "email": sentence("Surel"),
    "open311": sentence("Open311"),
    "counter": sentence("Loket"),
    "phone": sentence("Telepon"),
    "wa": sentence("WhatsApp"),
    "sp4n": sentence("SP4N-LAPOR!"),
    "letter": sentence("Surat"),
    "webhook": sentence("Sambungan sistem"),
    "amqp": sentence("Antrean instansi"),
    "desk": sentence("Meja kerja"),
    "inbox": sentence("Meja kerja"),
}

IDENTITIES = {"anonymous": sentence("Anonim"), "open": sentence("Terbuka"), "confidential": sentence("Rahasia")}
IDENTITY_MEANINGS = {
    "anonymous": sentence("Instansi tidak mendapat nama dan kontak pelapor."),
    "open": sentence("Pelapor mengizinkan instansi yang menangani menghubunginya."),
    "confidential": sentence(
        "Hanya kepala instansi dan petugas yang ditunjuk yang boleh membuka laporan ini. "
        "Nama dan kontak pelapor tidak diberikan kepada instansi."
    ),
}

PHOTO_ORIGINS = {
    "report": sentence("dikirim bersama laporan"),
    "addition": sentence("ditambahkan pelapor"),
    "follower": sentence("dari warga lain yang ikut melapor"),
    "answer": sentence("dikirim bersama jawaban"),
}
TRIAGE_REASONS = {
    "no_content": sentence("Isi laporan tidak memuat kata yang dapat dinilai."),
    "no_match": sentence("Tidak ada kata dalam laporan yang dikenal aturan."),
    "weak": sentence("Petunjuknya terlalu lemah untuk menentukan instansi."),
    "tie": sentence("Dua instansi atau lebih sama kuatnya untuk pokok yang sama."),
    "several_topics": sentence("Laporan ini memuat lebih dari satu pokok, dan tidak satu pun menonjol."),
    "thanks_only": sentence("Isinya ucapan terima kasih atau pujian, bukan keluhan."),
    "external_confirmation": sentence(
        "Aturan menunjuk badan di luar pemerintah kota. Penyerahan perlu persetujuan Anda."
    ),
    "unknown_agency": sentence("Aturan menunjuk instansi yang belum ada di direktori."),
    "matched": sentence("Kata-kata dalam laporan cocok dengan aturan."),
    "out_of_area": sentence("Tempat kejadiannya di luar wilayah kota."),
}

ARCHIVED = {
    "duplicate": sentence("duplikat"),
    "incomplete": sentence("tidak lengkap"),
    "not_ours": sentence("bukan wewenang kota"),
    "spam": sentence("spam"),
}

CLOCKS = {
    "forward": sentence("meneruskan"),
    "respond": sentence("menanggapi"),
    "settle": sentence("menyelesaikan"),
    "close": sentence("penutupan"),
    "complete": sentence("melengkapi"),
}

ADDITIONS = {
    "addition": sentence("Pelapor menambahkan keterangan"),
    "answer": sentence("Pelapor menjawab pertanyaan kami"),
    "not_solved": sentence("Pelapor menyatakan masalahnya belum selesai"),
    "late_part": sentence("Bagian pesan yang terlambat diterima"),
}

REFERENCES = {"open311_service": sentence("Layanan yang dipilih (Open311)"), "sp4n": sentence("Nomor SP4N-LAPOR!")}

HELD_REASONS = {
    "encrypted": sentence("Surel terenkripsi"),
    "agency_reply": sentence("Jawaban instansi lewat surel"),
    "empty_reply": sentence("Balasan tanpa isi yang dapat dibaca"),
    "only_attachments": sentence("Hanya berisi lampiran"),
    "looks_auto_reply": sentence("Tampaknya balasan otomatis"),
    "null_sender": sentence("Tanpa alamat pengirim"),
    "unreadable": sentence("Tidak ada yang dapat dibaca"),
    "reader_failed": sentence("Surel tidak dapat dibaca oleh program"),
}

ACTS = {
    "login": sentence("Masuk"),
    "logout": sentence("Keluar"),
    "case.assign": sentence("Menyerahkan laporan"),
    "case.acknowledge": sentence("Membuka laporan untuk pertama kali"),
    "case.answer": sentence("Menjawab laporan"),
    "case.close": sentence("Menutup laporan"),
    "case.published": sentence("Menerbitkan ringkasan untuk umum"),
    "case.publication_changed": sentence("Mengubah ringkasan yang terbit"),
    "case.publication_followed": sentence("Keadaan yang terbit diperbarui"),
    "case.unpublished": sentence("Menarik ringkasan dari umum"),
    "case.publication_passed": sentence("Memutuskan tidak menerbitkan"),
    "case.ask": sentence("Bertanya kepada pelapor"),
    "case.resume": sentence("Melanjutkan laporan tanpa jawaban pelapor"),
    "case.return": sentence("Mengembalikan laporan"),
    "case.archive": sentence("Mengarsipkan laporan"),
    "case.merge": sentence("Menggabungkan laporan"),
    "case.split": sentence("Memisahkan bagian laporan"),
    "case.copy": sentence("Mengirim tembusan laporan"),
    "case.note": sentence("Menulis catatan pada laporan"),
    "case.refer": sentence("Mencatat nomor sistem lain"),
    "case.reopen": sentence("Membuka lagi laporan"),
    "case.denied": sentence("Ditolak membuka laporan instansi lain"),
    "contact.reveal": sentence("Menampilkan kontak pelapor"),
    "dead.replay": sentence("Mengulang pesan gagal"),
    "dead.discard": sentence("Membuang pesan gagal"),
    "person.add": sentence("Menambah orang"),
    "person.close": sentence("Menonaktifkan orang"),
    "person.open": sentence("Mengaktifkan lagi orang"),
    "person.name": sentence("Menunjuk petugas untuk laporan rahasia"),
    "person.unname": sentence("Mencabut penunjukan untuk laporan rahasia"),
    "leave.enter": sentence("Mencatat cuti"),
    "leave.end": sentence("Mengakhiri cuti"),
    "agency.add": sentence("Menambah instansi"),
    "agency.edit": sentence("Mengubah instansi"),
    "agency.token.add": sentence("Membuat token instansi"),
    "agency.token.revoke": sentence("Mencabut token instansi"),
    "agency.ways": sentence("Mengubah saluran instansi"),
    "agency.webhook.add": sentence("Menambah sambungan sistem instansi"),
    "agency.webhook.secret": sentence("Membuat kunci sambungan sistem instansi"),
    "agency.webhook.remove": sentence("Menghapus sambungan sistem instansi"),
    "directory.import": sentence("Mengambil direktori dari paket kota"),
    "api.act": sentence("Bekerja lewat sistem instansi"),
    "quarantine.show": sentence("Melihat pesan karantina"),
    "quarantine.replay": sentence("Mengolah lagi pesan karantina"),
    "quarantine.discard": sentence("Membuang pesan karantina"),
    "directory.seed": sentence("Memperbarui direktori instansi"),
    "case.enter": sentence("Mencatat laporan untuk warga"),
    "cases.export": sentence("Mengekspor laporan untuk SP4N-LAPOR!"),
    "deadlines.recount": sentence("Menghitung ulang tenggat menurut kalender baru"),
}


def read_moment(text: str) -> datetime | None:
    """The instant that another service wrote in ISO 8601, if it is one."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def place(kelurahan: str | None, kecamatan: str | None) -> str:
    parts = [f"Kel. {kelurahan}" if kelurahan else "", f"Kec. {kecamatan}" if kecamatan else ""]
    return ", ".join(part for part in parts if part) or sentence("Tempat belum diketahui")


def reference_label(system: str) -> str:
    """What stands before another system's number."""
    return REFERENCES.get(system) or sentence("Nomor %(system)s", system=system)


def recipient(code: str) -> str:
    return {"citizen": sentence("pelapor"), "person": sentence("orang di meja kerja")}.get(code, code)
