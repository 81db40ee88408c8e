"""What the auditor reads for the codes of audit rows, those of the other services too. Pure."""

from __future__ import annotations

from services.desk import wording
from shared.sentences import sentence

SERVICES = {
    "desk": sentence("Meja kerja"),
    "intake": sentence("Penerimaan"),
    "router": sentence("Aturan"),
    "notifier": sentence("Kiriman"),
}

STATES = {
    "sealed": sentence("Disegel"),
    "waiting": sentence("Menunggu segel"),
    "late": sentence("Terlambat"),
    "altered": sentence("Berubah sesudah disegel"),
}

ROLES = {**wording.ROLES, "service": sentence("Layanan")}

ACTS = {
    **wording.ACTS,
    "contacts.resolve": sentence("Mengambil kontak untuk mengirim pesan"),
    "contacts.reveal": sentence("Memberikan kontak pelapor"),
    "complaint.enter": sentence("Menerima laporan yang dicatat petugas"),
    "api_key.issue": sentence("Membuat kunci sistem mitra"),
    "api_key.revoke": sentence("Mencabut kunci sistem mitra"),
    "block.add": sentence("Memblokir pengirim"),
    "block.remove": sentence("Membuka blokir pengirim"),
    "rules.activate": sentence("Memberlakukan aturan"),
    "rules.approve": sentence("Menyetujui usulan aturan"),
    "rules.draft": sentence("Memulai rancangan aturan"),
    "rules.edit": sentence("Mengubah rancangan aturan"),
    "rules.propose": sentence("Mengusulkan aturan"),
    "rules.rebase": sentence("Menyesuaikan rancangan dengan aturan terbaru"),
    "rules.refuse": sentence("Menolak usulan aturan"),
    "rules.reword": sentence("Mengganti keterangan aturan"),
    "rules.take_back": sentence("Menarik usulan aturan"),
    "rules.withdraw": sentence("Membuang rancangan aturan"),
    "agency.test": sentence("Mengirim pesan percobaan kepada instansi"),
    "agency.webhook.forget": sentence("Menghapus kunci sambungan sistem instansi"),
    "agency.amqp.add": sentence("Membuat antrean instansi"),
    "agency.amqp.again": sentence("Mengirim ulang ke antrean instansi"),
    "agency.amqp.remove": sentence("Menghapus antrean instansi"),
    "agency.amqp.rotate": sentence("Mengganti sandi antrean instansi"),
    "alert.clear": sentence("Menutup peringatan"),
    "delivery.cancel": sentence("Membatalkan kiriman"),
    "delivery.retry": sentence("Mengirim ulang kiriman"),
    "delivery.reveal": sentence("Membuka isi kiriman"),
    "delivery.unsuppress": sentence("Memakai lagi alamat yang ditangguhkan"),
    "dead.reveal": sentence("Membuka isi pesan gagal"),
    "reconcile.forget": sentence("Menghapus catatan pesan agar diolah lagi"),
    "reconcile.publish": sentence("Menerbitkan ulang pesan yang tidak sampai"),
    "privacy.purge": sentence("Menghapus data yang habis masa simpannya"),
    "privacy.delete": sentence("Menghapus data atas permintaan pelapor"),
    "privacy.export": sentence("Menyalin data pelapor untuk pemiliknya"),
    "privacy.again": sentence("Menghapus lagi data sesudah pemulihan"),
    "restore": sentence("Memulihkan dari cadangan"),
}
