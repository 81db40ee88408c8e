"""What officers and citizens read about entered complaints. Pure."""

from __future__ import annotations

from services.desk.assisted.typed import MOST_PHOTO_BYTES, MOST_PHOTOS
from shared.sentences import sentence

CHANNELS = {
    "counter": sentence("Loket"),
    "phone": sentence("Telepon"),
    "wa": sentence("WhatsApp"),
    "sp4n": sentence("SP4N-LAPOR!"),
    "letter": sentence("Surat"),
}
IDENTITIES = {
    "anonymous": (
        sentence("Anonim"),
        sentence("Instansi membaca laporan tanpa nama dan kontak, dan menjawab lewat sistem ini."),
    ),
    "open": (sentence("Terbuka"), sentence("Instansi yang menangani dapat melihat nama dan kontak pelapor.")),
    "confidential": (
        sentence("Rahasia"),
        sentence("Seperti anonim, dan isinya hanya dibaca pimpinan dan petugas yang ditunjuk."),
    ),
}
AWAY = sentence(
    "Layanan penerimaan belum memberi jawaban, jadi laporan ini belum pasti tersimpan. Isian Anda masih ada di bawah. "
    "Tunggu sebentar, lalu tekan Simpan lagi: laporan yang sama tidak menjadi dua."
)
PHOTOS_AWAY = sentence(
    "Layanan penerimaan belum dapat menerima foto. Isian Anda masih ada di bawah. Tunggu sebentar, pilih lagi fotonya, "
    "lalu tekan Simpan."
)
PHOTO_TOO_LARGE = sentence(
    "Foto terlalu besar: paling besar %(most)s MB untuk satu foto.", most=MOST_PHOTO_BYTES // 1_000_000
)
TOO_MANY_PHOTOS = sentence("Paling banyak %(most)s foto. Foto selebihnya tidak disimpan.", most=MOST_PHOTOS)
WITHOUT_PHOTO = sentence("Tekan Simpan untuk menyimpan tanpa foto itu, atau pilih foto lain.")
TOLD = {
    "wanted": sentence("Kabar dikirim ke kontak yang Anda berikan."),
    "capped": sentence("Kontak ini sudah menerima banyak pesan hari ini. Ikuti laporan lewat halaman pelacakan."),
    "no_contact": sentence("Tanpa kontak, kabar tidak dapat dikirim. Ikuti laporan lewat halaman pelacakan."),
}
