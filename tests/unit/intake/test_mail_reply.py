import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.mail.reply import own_words, read_purpose

QUOTED = "> Laporan Anda kami terima.\n> Tiket CMH"


@pytest.mark.parametrize(
    "attribution",
    [
        "On Tue, Nov 24, 2026 at 10:00 AM Tanggap <tanggap@example.org> wrote:",
        "On Tue, Nov 24, 2026 at 10:00 AM Tanggap Kota Cimahi\n<tanggap@example.org> wrote:",
        "Pada tanggal Sel, 24 Nov 2026 pukul 10.00 Tanggap <tanggap@example.org> menulis:",
        "Pada Sel, 24 Nov 2026 10.00, Tanggap <tanggap@example.org> menulis:",
        "Pada Selasa, 24 November 2026 10.00.00 WIB, Tanggap <tanggap@example.org> menulis:",
        "Pada 24 Nov 2026, pukul 10.00, Tanggap <tanggap@example.org> menulis:",
        "2026-11-24 10:00 GMT+07:00 Tanggap <tanggap@example.org>:",
    ],
)
def test_an_attribution_goes_with_its_quotation(attribution: str) -> None:
    assert own_words(f"Di Jalan Baros.\n\n{attribution}\n\n{QUOTED}") == "Di Jalan Baros."
    assert own_words(f"{attribution}\n{QUOTED}\n\nDi Jalan Baros.") == "Di Jalan Baros."
    assert own_words(f"Di Jalan Baros.\n\n{attribution}\n\nLaporan Anda kami terima.") == "Di Jalan Baros."


@pytest.mark.parametrize(
    "body",
    [
        "Pada hari Senin, 23 November 2026, saya sudah menelepon.\nTidak ada jawaban.",
        "Dari: simpang Baros sampai pasar, gelap semua.",
        "Petugas menulis: besok dikerjakan.\nSampai sekarang tidak.",
        "- lampu 5\n- lampu 7",
        "On 24 November the lamp was broken.",
        "Kepada: Yth. Kepala Dinas\nPerihal: lampu",
        "Dikirim ke sana dua kali, tidak ada hasil.",
    ],
)
def test_words_that_only_look_like_a_quotation_stay(body: str) -> None:
    assert own_words(body) == body


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone", "Dikirim dari iPhone saya", "Dikirim dari Yahoo Mail di Android",
        "Terkirim dari ponsel Samsung",
        "Dapatkan Outlook untuk Android", "Get Outlook for iOS", "Dikirim dari perangkat Samsung Galaxy saya",
    ],
)  # fmt: skip
def test_lines_of_phones_and_providers_go(line: str) -> None:
    assert own_words(f"Di Jalan Baros.\n\n{line}") == "Di Jalan Baros."


@pytest.mark.parametrize(
    ("words", "purpose"),
    [
        ("BELUM", "not_solved"), ("Belum.", "not_solved"), ("belum selesai pak", "not_solved"),
        ("Yth. Admin, masih belum diperbaiki sampai hari ini", "not_solved"), ("Ternyata tidak selesai", "not_solved"),
        ("Belum ada tindakan", "not_solved"), ("blm beres min", "not_solved"), ("Not fixed yet", "not_solved"),
        ("Selamat pagi, belum juga ditangani", "not_solved"),
        ("Belum saya foto", "addition"), ("Sudah selesai, terima kasih", "addition"),
        ("Tidak jauh dari pasar", "addition"),
        ("Lampunya belum selesai", "addition"), ("Notified the RT", "addition"), ("", "addition"),
    ],
)  # fmt: skip
def test_what_an_answer_is(words: str, purpose: str) -> None:
    assert read_purpose(words, awaited=False) == purpose
    assert read_purpose(words, awaited=True) == ("not_solved" if purpose == "not_solved" else "answer")


@given(st.text(alphabet="Onpada wrotemnulis:<>@-_=\n>12 *", max_size=2000))
def test_whatever_is_written_is_read_in_time(body: str) -> None:
    assert len(own_words(body)) <= len(body)


def test_a_hundred_thousand_lines_are_read_in_time() -> None:
    own_words("On 1 a@b <c@d>\n" * 100_000)
    own_words("> " * 100_000)
    read_purpose("maaf, " * 20_000, awaited=False)
