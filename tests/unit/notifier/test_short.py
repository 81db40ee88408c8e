"""Text messages fit: what stands in the middle is shortened, ticket, code and link never."""

from __future__ import annotations

import dataclasses
import functools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.delivery import CITIZEN, SMS, Delivery, kind_of_message
from services.notifier.writing.compose import Composer
from services.notifier.writing.short import fitted, shortened
from services.notifier.writing.specimens import Story, specimens
from shared.gsm import SINGLE, is_gsm, segments, septets
from shared.ids import new_ticket, new_tracking_code
from shared.wording import load_wordings
from tests.unit.notifier.packs import FOLDER, LANGUAGES, cimahi_composer

HOSTS = st.from_regex(r"[a-z]{1,12}(\.[a-z]{2,20}){1,4}", fullmatch=True)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)


def texted(
    writer: Composer, language: str, agency: str, ticket: str, code: str, kelurahan: str = ""
) -> list[tuple[Delivery, str]]:
    """Every text message, with names as long as an agency's can be."""
    found = []
    for specimen in specimens(Story(language=language)):
        if SMS not in specimen.channels:
            continue
        data = {**specimen.delivery.data, "agency": agency, "lead": agency}
        if "lines" in data:
            data["lines"] = [{**line, "agency": agency} for line in data["lines"]]
        if "place" in data:
            data["place"] = {**data["place"], "kelurahan": kelurahan or agency[:100]}
        delivery = dataclasses.replace(specimen.delivery, data=data, ticket=ticket)
        to = dataclasses.replace(specimen.to, tracking_code=code)
        found.append((delivery, writer.sms(delivery, to).text))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=60)
@given(host=HOSTS, agency=NAMES, prefix=st.from_regex(r"[A-Z]{2,5}", fullmatch=True))
def test_every_text_message_fits_with_ticket_code_and_link_whole(
    language: str, host: str, agency: str, prefix: str
) -> None:
    ticket, code = new_ticket(prefix), new_tracking_code()
    base = f"https://{host}"
    writer = dataclasses.replace(cimahi_composer(), public_url=base, desk_url=base)
    for delivery, text in texted(writer, language, agency, ticket, code):
        kind = kind_of_message(delivery.message)
        assert is_gsm(text)
        assert segments(text) <= 2
        if kind == "contact_code":
            assert code in text
            continue
        assert ticket in text
        if kind == "satisfaction":
            continue
        own = f"{base}/complaints/{ticket}?code={code}" if delivery.recipient == CITIZEN else f"{base}/cases/{ticket}"
        assert own in text.split()
        if kind in ("receipt", "follow_receipt"):
            assert code in text.replace(own, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_ordinary_names_and_addresses_most_are_one_message(language: str) -> None:
    writer = dataclasses.replace(
        cimahi_composer(), public_url="https://lapor.cimahikota.go.id", desk_url="https://meja.cimahikota.go.id"
    )
    sizes = {
        kind_of_message(delivery.message): septets(text)
        for delivery, text in texted(writer, language, "Dinas Perhubungan", "CMH-743K-JZ16", "A199R-0169R", "Padasuka")
    }
    longer = {kind for kind, size in sizes.items() if size > SINGLE}
    two = {"question", "question_reminder", "archived", "withdrawn"}  # what to do next needs its room
    assert longer <= {"receipt", "case_copy", *two}, sizes  # that receipt asks back what was not said


def test_what_is_shortened_is_cut_at_a_word_and_says_so() -> None:
    assert shortened("Dinas Pekerjaan Umum", 20) == "Dinas Pekerjaan Umum"
    assert shortened("Dinas Pekerjaan Umum", 18) == "Dinas Pekerjaan…"
    assert shortened("Dinaspekerjaanumum", 8) == "Dinaspe…"


def test_the_longest_that_fits_is_taken() -> None:
    agency = "Dinas " + "panjang " * 40
    text = fitted(lambda given: f"A {given['agency']} T {given['link']}", {"agency": agency, "link": "L"}, gsm=True)
    assert text.endswith("T L")
    assert "Dinas panjang" in text
    assert segments(text) == 1
    assert "..." in text


def test_a_link_without_room_is_left_out_as_a_whole_and_names_are_not_shortened_for_it() -> None:
    def write(given: dict[str, str]) -> str:
        return f"T {given['agency']} {given['link']}"

    text = fitted(write, {"agency": "Dinas Perhubungan", "link": "https://" + "a" * 400}, gsm=True)  # type: ignore[arg-type]
    assert text == "T Dinas Perhubungan"


@functools.cache
def in_cyrillic() -> Composer:
    """A city whose language has no letter of the GSM alphabet."""
    with tempfile.TemporaryDirectory() as folder:
        every = Path(shutil.copytree(FOLDER / "wording", Path(folder) / "wording"))
        ru = (every / "id").rename(every / "ru")
        (ru / "receipt.sms.txt").write_text(
            "{{ ticket }}: жалоба принята. Код {{ tracking_code }}. {% if link %}{{ link }} {% endif %}"
            "{% for number in emergency_numbers %}{{ number.number }} {% endfor %}"
        )
        wordings = load_wordings(every, ["ru"])
    return dataclasses.replace(cimahi_composer(), wordings=wordings)


@settings(deadline=None, max_examples=40)
@given(host=HOSTS, agency=NAMES)
def test_a_language_beyond_the_alphabet_keeps_its_letters_and_has_less_room(host: str, agency: str) -> None:
    base = f"https://{host}"
    writer = dataclasses.replace(in_cyrillic(), public_url=base, desk_url=base)
    for delivery, text in texted(writer, "ru", agency, "CMH-743K-JZ16", "A199R-0169R"):
        kind = kind_of_message(delivery.message)
        assert segments(text) <= 2
        if kind == "receipt":
            link = f"{base}/complaints/CMH-743K-JZ16?code=A199R-0169R"
            assert "жалоба принята" in text
            assert "CMH-743K-JZ16" in text
            assert "A199R-0169R" in text
            assert link in text.split() or "https" not in text
