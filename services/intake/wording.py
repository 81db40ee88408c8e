"""The words that citizens read about the state of a complaint. Indonesian; `languages.py` says them in others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shared.sentences import Note, Sentence, sentence

STATUSES = {
    "received": (
        sentence("Diterima"),
        sentence("Laporan sudah kami terima dan sedang dicarikan instansi yang berwenang."),
    ),
    "routed": (sentence("Diteruskan"), sentence("Laporan sudah diteruskan kepada instansi yang berwenang.")),
    "in_progress": (sentence("Diproses"), sentence("Instansi sedang menangani laporan ini.")),
    "answered": (
        sentence("Ditindaklanjuti"),
        sentence("Instansi sudah menjawab laporan ini. Jawabannya dapat dibaca di halaman pelacakan."),
    ),
    "closed": (sentence("Selesai"), sentence("Instansi menyatakan laporan ini selesai.")),
    "lapsed": (
        sentence("Dianggap dicabut"),
        sentence("Keterangan yang kami minta tidak kami terima dalam 30 hari. Anda dapat mengirim laporan baru."),
    ),
    "waiting": (
        sentence("Menunggu keterangan Anda"),
        sentence("Kami perlu jawaban Anda supaya laporan ini dapat dilanjutkan."),
    ),
    "referred": (
        sentence("Ditangani pihak lain"),
        sentence("Masalah ini wewenang pihak di luar pemerintah kota. Kami meneruskannya; keputusannya di sana."),
    ),
    "archived": (
        sentence("Diarsipkan"),
        sentence("Laporan ini tidak ditindaklanjuti. Bila menurut Anda keliru, sampaikan kepada kami."),
    ),
    "withdrawn": (
        sentence("Dianggap dicabut"),
        sentence("Keterangan yang kami minta belum kami terima pada waktunya. Anda dapat mengirim laporan baru."),
    ),
    "merged": (
        sentence("Digabungkan"),
        sentence("Laporan ini digabungkan dengan laporan lain tentang masalah yang sama."),
    ),
    "triage": (
        sentence("Ditinjau petugas"),
        sentence("Petugas sedang menentukan instansi yang tepat untuk laporan ini."),
    ),
}
CHANNELS = {
    "web": sentence("formulir web"),
    "api": sentence("aplikasi"),
    "sms": sentence("SMS"),
    "email": sentence("surel"),
    "open311": sentence("aplikasi Open311"),
    "counter": sentence("loket"),
    "phone": sentence("telepon"),
    "wa": sentence("WhatsApp"),
    "sp4n": sentence("SP4N-LAPOR!"),
    "letter": sentence("surat"),
}
KINDS = {
    "pengaduan": sentence("Pengaduan"),
    "aspirasi": sentence("Aspirasi atau usulan"),
    "permintaan_informasi": sentence("Permintaan informasi"),
}
IDENTITIES = {
    "anonymous": sentence("Anonim"),
    "open": sentence("Terbuka"),
    "confidential": sentence("Rahasia"),
}
SCORES = {
    1: sentence("Sangat tidak puas"),
    2: sentence("Tidak puas"),
    3: sentence("Cukup puas"),
    4: sentence("Puas"),
    5: sentence("Sangat puas"),
}
EMERGENCY_LABELS = (
    sentence("Panggilan darurat"),
    sentence("Pemadam kebakaran"),
    sentence("Polisi"),
    sentence("Ambulans dan gawat darurat medis"),
)
"""What packs call their emergency numbers, so that catalogues have it; another label is shown as the pack has it."""


def status_words(status: str) -> tuple[str, str]:
    """A title and a sentence; a status that is newer than this program keeps its own word."""
    return STATUSES.get(status, (status.replace("_", " ").capitalize(), ""))


def channel_words(channel: str) -> str:
    return CHANNELS.get(channel, channel)


def received_note(channel: str) -> Note:
    said = sentence("Laporan diterima melalui %(channel)s.", channel=channel_words(channel))
    return Note.of(said, channel=channel)


def routed_note(agency_name: str) -> Note:
    return Note.of(sentence("Laporan diteruskan kepada %(agency)s.", agency=agency_name), agency_name=agency_name)


def assigned_note(agency_name: str) -> Note:
    said = sentence("Petugas menugaskan laporan ini kepada %(agency)s.", agency=agency_name)
    return Note.of(said, agency_name=agency_name)


def triage_note() -> Note:
    return Note.of(sentence("Petugas akan menentukan instansi yang tepat untuk laporan ini."))


def lapsed_note() -> Note:
    return Note.of(sentence("Pertanyaan kami tidak dijawab dalam 30 hari, maka laporan ini dianggap dicabut."))


def joined_note() -> Note:
    return Note.of(sentence("Anda ikut dalam laporan yang sudah ada. Perjalanannya tampak di bawah ini."))


def added_note(what: str, channel: str) -> Note:
    words = channel_words(channel)
    said = {
        "not_solved": sentence("Pelapor menyatakan masalahnya belum selesai, melalui %(channel)s.", channel=words),
        "answer": sentence("Pelapor menjawab pertanyaan kami, melalui %(channel)s.", channel=words),
        "late_part": sentence("Bagian pesan yang terlambat sudah kami terima, melalui %(channel)s.", channel=words),
    }.get(what, sentence("Pelapor menambahkan keterangan, melalui %(channel)s.", channel=words))
    return Note.of(said, what=what, channel=channel)


TRIAGE_NOTE = triage_note()


def answered_note(agency_name: str) -> Note:
    return Note.of(sentence("Laporan dijawab oleh %(agency)s.", agency=agency_name), agency_name=agency_name)


def closed_note(agency_name: str) -> Note:
    said = sentence("Laporan dinyatakan selesai oleh %(agency)s.", agency=agency_name)
    return Note.of(said, agency_name=agency_name)


def lapsed_close_note(agency_name: str) -> Note:
    said = sentence(
        "Laporan ditutup karena tidak ada balasan atas jawaban %(agency)s sampai batas waktunya.", agency=agency_name
    )
    return Note.of(said, agency_name=agency_name)


def referred_note(agency_name: str) -> Note:
    said = sentence(
        "Laporan diteruskan kepada %(agency)s, di luar pemerintah kota. Keputusannya di sana.", agency=agency_name
    )
    return Note.of(said, agency_name=agency_name)


def acknowledged_note() -> Note:
    return Note.of(sentence("Instansi sudah membuka laporan ini."))


def archived_note(why: str, agency_name: str = "") -> Note:
    said = {
        "duplicate": sentence("Laporan diarsipkan karena sama dengan laporan yang sudah ada."),
        "incomplete": sentence("Laporan diarsipkan karena keterangannya belum cukup untuk ditindaklanjuti."),
        "not_ours": sentence("Laporan diarsipkan karena bukan wewenang pemerintah kota."),
    }.get(why, sentence("Laporan diarsipkan dan tidak ditindaklanjuti."))
    if why == "not_ours" and agency_name:
        said = sentence(
            "Laporan diarsipkan karena bukan wewenang pemerintah kota. Yang berwenang: %(agency)s.", agency=agency_name
        )
    return Note.of(said, why=why, agency_name=agency_name)


def asked_note() -> Note:
    return Note.of(sentence("Kami meminta keterangan dari pelapor."))


def resumed_note() -> Note:
    return Note.of(sentence("Penanganan laporan dilanjutkan."))


def withdrawn_note() -> Note:
    return Note.of(sentence("Keterangan yang kami minta belum datang sampai batas waktunya: laporan dianggap dicabut."))


def returned_note() -> Note:
    return Note.of(sentence("Petugas meninjau kembali instansi yang tepat untuk laporan ini."))


def reopened_by_citizen_note() -> Note:
    return Note.of(sentence("Laporan dibuka lagi karena pelapor menyatakan masalahnya belum selesai."))


def reopened_note() -> Note:
    return Note.of(sentence("Petugas membuka lagi laporan ini."))


def merged_note() -> Note:
    return Note.of(
        sentence("Laporan ini digabungkan dengan laporan lain tentang masalah yang sama. Perjalanannya tampak di sini.")
    )


def split_note(ticket: str) -> Note:
    said = sentence("Satu bagian laporan ini menjadi laporan tersendiri dengan nomor %(ticket)s.", ticket=ticket)
    return Note.of(said, ticket=ticket)


def rated_note(score: str, channel: str) -> Note:
    said = sentence("Pelapor memberi nilai %(score)s dari 5, melalui %(channel)s.", score=score,
                    channel=channel_words(channel))  # fmt: skip
    return Note.of(said, score=score, channel=channel)


def erased_note(part: str, reason: str) -> Note:
    said = {
        ("contact", "request"): sentence("Kontak pelapor dihapus atas permintaan pelapor."),
        ("contact", "retention"): sentence("Kontak pelapor dihapus karena masa simpannya habis."),
        ("text", "request"): sentence("Isi laporan dan jawabannya dihapus atas permintaan pelapor."),
        ("text", "retention"): sentence("Isi laporan dan jawabannya dihapus karena masa simpannya habis."),
        ("photos", "request"): sentence("Foto laporan dihapus atas permintaan pelapor."),
        ("photos", "retention"): sentence("Foto laporan dihapus karena masa simpannya habis."),
    }[part, reason]
    return Note.of(said, part=part, reason=reason)


_NOTES: Mapping[str, Sequence[Callable[..., Sentence]]] = {
    "received": (received_note,),
    "routed": (routed_note, referred_note),
    "assigned": (assigned_note, routed_note, referred_note),
    "triage": (triage_note,),
    "lapsed": (lapsed_note,),
    "added": (added_note,),
    "answered": (answered_note,),
    "closed": (closed_note, lapsed_close_note),
    "acknowledged": (acknowledged_note,),
    "archived": (archived_note,),
    "asked": (asked_note,),
    "resumed": (resumed_note,),
    "withdrawn": (withdrawn_note,),
    "returned": (returned_note,),
    "reopened": (reopened_by_citizen_note, reopened_note),
    "merged": (merged_note,),
    "split": (split_note,),
    "rated": (rated_note,),
    "erased": (erased_note,),
}


def note(event: str, fields: Mapping[str, str] | None, stored: str) -> str:
    """What was said, made again from the event and its fields; as it was stored when it cannot be, or reads otherwise.

    What is stored wins over what this program would say today: a citizen keeps what he or she has read.
    """
    for make in _NOTES.get(event, ()) if fields is not None else ():
        try:
            made = make(**(fields or {}))
        except (TypeError, KeyError):  # the fields of a newer or an older program
            continue
        if made == stored:
            return made
    return stored
