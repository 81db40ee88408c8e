"""What senders of text messages read: each answer fits into one message of the GSM alphabet. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.wording import status_words
from shared.gsm import SINGLE, septets, to_gsm

BAD_SENDER = "Nomor pengirim tidak dikenali. Laporan tidak dapat diterima dari nomor ini."
UNKNOWN_TICKET = "Nomor tiket itu tidak ditemukan untuk nomor Anda. Periksa lagi nomor tiket pada SMS tanda terima."
STOPPED = (
    "Baik, nomor ini tidak akan kami kirimi SMS lagi. Laporan Anda tetap diproses. Balas MULAI untuk menerima lagi."
)
STARTED = "Baik, nomor ini akan menerima SMS kami lagi."
WAITING = "Bagian pesan sudah disimpan dan menunggu lanjutannya."
_WORDS = {"status": "STATUS", "add": "TAMBAH", "not_yet": "BELUM", "rate": "NILAI"}
_RESTS = {"add": " isi tambahan", "rate": " 4"}


def one_message(*sentences: str) -> str:
    """As many of the sentences as fit into one message; the first is cut if it must be."""
    text = to_gsm(sentences[0])
    while septets(text) > SINGLE:
        text = text[:-1]
    for sentence in sentences[1:]:
        longer = f"{text} {to_gsm(sentence)}" if sentence else text
        if septets(longer) > SINGLE:
            break
        text = longer
    return text


def accepted_note(ticket: str) -> str:
    return f"Laporan diterima. Nomor tiket: {ticket}"


def status_reply(ticket: str, status: str, agency_name: str | None) -> str:
    title, sentence = status_words(status)
    return one_message(f"{ticket}: {title}.", f"Instansi: {agency_name}." if agency_name else "", sentence)


def added_reply(ticket: str) -> str:
    return one_message(f"Terima kasih, keterangan Anda sudah ditambahkan ke laporan {ticket}.")


def not_solved_reply(ticket: str) -> str:
    return one_message(f"Terima kasih, kami catat bahwa laporan {ticket} belum selesai; petugas akan membacanya.")


def which_ticket(keyword: str, prefix: str) -> str:
    word = _WORDS.get(keyword, keyword.upper())
    rest = _RESTS.get(keyword, "")
    return one_message(f"Tulis nomor tiketnya setelah {word}, contoh: {word} {prefix}-1234-5678{rest}.")


def text_wanted(ticket: str) -> str:
    return one_message(f"Tulis juga isinya, contoh: TAMBAH {ticket} lokasinya di depan sekolah.")


def rated_reply(ticket: str, score: int) -> str:
    return one_message(f"Terima kasih, nilai {score} untuk laporan {ticket} sudah kami catat.")


def score_wanted(ticket: str) -> str:
    return one_message(
        f"Tulis nilai 1 sampai 5 setelah nomor tiket, contoh: NILAI {ticket} 4.", "1 sangat tidak puas, 5 sangat puas."
    )  # fmt: skip


def not_answered_reply(ticket: str, status: str, agency_name: str | None) -> str:
    title, _ = status_words(status)
    return one_message(
        f"{ticket}: {title}.",
        "Nilai dapat diberikan setelah laporan dijawab.",
        f"Instansi: {agency_name}." if agency_name else "",
    )


def help_reply(emergency_numbers: Sequence[str]) -> str:
    numbers = "/".join(emergency_numbers)
    return one_message(
        f"Darurat: {numbers}." if numbers else "Layanan laporan warga.",
        "Kirim laporan: apa masalahnya, di mana.",
        "Lalu: STATUS tiket, TAMBAH tiket isi, BELUM tiket, NILAI tiket 1-5.",
        "STOP: tanpa SMS.",
    )
