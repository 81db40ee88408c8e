"""The words that are sent."""

from __future__ import annotations

import dataclasses
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.delivery import CASE_UPDATE, CONTACT_CODE, Addressee, kind_of_message
from services.notifier.planning.agencies import plan_assigned, plan_routed
from services.notifier.planning.citizens import plan_receipt
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.writing.letters import Mail
from services.notifier.writing.mail import Unaddressable
from services.notifier.writing.specimens import Story, specimens
from shared.city import EmergencyNumber
from shared.city_notifications import Notifications
from shared.contracts.fields import Place
from shared.gsm import SINGLE, segments, septets
from shared.ids import new_ticket, new_tracking_code, read_ticket
from shared.reply_marks import Mark, ReplyMarks
from tests.unit.notifier.samples import CITY, CODE, NOW, TICKET, as_delivery, assigned, composer, received, routed

COMPOSER = composer()
RECEIPT = as_delivery(plan_receipt(received(), NOW))
DIRECTORY = {code: DirectoryEntry(code, f"Dinas {code}", {"email": "a@cimahi.example"}) for code in ("DPUPR", "DISHUB")}
NOTICE, COPY = (as_delivery(one) for one in plan_routed(routed(decision={"also": ["DISHUB"]}), DIRECTORY, NOW))
BUDI = Addressee("budi@mail.com", "+6281234567890", "Budi", CODE)
LINK = f"http://127.0.0.1:8000/complaints/{TICKET}?code={CODE}"


def parts(message: Mail) -> tuple[EmailMessage, str, str]:
    """As it arrives: parsed from its bytes, with both bodies."""
    arrived = message_from_bytes(message.content, policy=policy.default)
    assert isinstance(arrived, EmailMessage)
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    return arrived, text.get_content(), html.get_content()


def test_a_receipt_says_what_a_citizen_needs_in_both_parts() -> None:
    arrived, text, html = parts(COMPOSER.mail(RECEIPT, BUDI, NOW))
    for needed in (TICKET, CODE, "Selasa, 24 November 2026 pukul 14.05 WIB", "situs web", "112", "119",
                   "Kelurahan Padasuka", "Jalan berlubang di depan pasar"):  # fmt: skip
        assert needed in text
        assert needed in html
    assert LINK in text
    assert f'href="{LINK}"' in html
    assert arrived["Subject"] == f"Laporan Anda sudah kami terima: {TICKET}"
    assert "0812" not in text + html


def test_headers_are_those_of_an_automatic_mail_that_can_be_recognised() -> None:
    arrived, _, _ = parts(COMPOSER.mail(RECEIPT, BUDI, NOW))
    assert arrived["Auto-Submitted"] == "auto-generated"
    marks = ReplyMarks(["k" * 32])
    assert marks.read_message_id(arrived["Message-ID"]) == Mark(RECEIPT.ticket, "c", RECEIPT.delivery_id)
    assert marks.read_address(str(arrived["Reply-To"])) == Mark(RECEIPT.ticket, "c")
    assert str(arrived["To"]) == "Budi <budi@mail.com>"
    assert str(arrived["From"]) == "Tanggap <tanggap@cimahi.example>"
    assert arrived["Date"].datetime == NOW


def test_the_same_delivery_gives_the_same_bytes() -> None:
    assert COMPOSER.mail(RECEIPT, BUDI, NOW) == COMPOSER.mail(RECEIPT, BUDI, NOW)


def test_a_notice_says_what_why_and_where_and_nothing_of_the_citizen() -> None:
    _, text, html = parts(COMPOSER.mail(NOTICE, Addressee("a@cimahi.example", name="Dinas PU"), NOW))
    for needed in (TICKET, "jalan berlubang", "Pengaduan", f"http://127.0.0.1:8001/cases/{TICKET}", "[telepon]"):
        assert needed in text
        assert needed in html
    assert "penugasan ke-1" in text


def test_a_mail_without_a_ticket_is_known_again_when_it_comes_back() -> None:
    code = next(one.delivery for one in specimens(Story()) if one.delivery.message == CONTACT_CODE)
    arrived, _, _ = parts(COMPOSER.mail(code, BUDI, NOW))
    mark = ReplyMarks(["k" * 32]).read_message_id(arrived["Message-ID"])
    assert mark is not None
    assert mark.delivery_id == code.delivery_id
    assert read_ticket(mark.ticket, "CMH") is None


def test_a_copy_names_the_agency_in_charge() -> None:
    _, text, html = parts(COMPOSER.mail(COPY, Addressee("a@cimahi.example"), NOW))
    assert "Laporan ditangani oleh Dinas DPUPR" in text
    assert "Dinas DPUPR" in html


def test_a_later_assignment_gives_the_coordinators_reason() -> None:
    (planned,) = plan_assigned(assigned(), DIRECTORY, NOW)
    _, text, _ = parts(COMPOSER.mail(as_delivery(planned), Addressee("a@cimahi.example"), NOW))
    assert "Lampu mendesak." in text
    assert "penugasan ke-2" in text


def test_markup_in_a_complaint_stays_text() -> None:
    event = routed(text="<script>alert(1)</script> & {{ 7 * 7 }}", place=Place(detail='"><img src=x>'))
    (planned,) = plan_routed(event, DIRECTORY, NOW)
    _, text, html = parts(COMPOSER.mail(as_delivery(planned), Addressee("a@cimahi.example"), NOW))
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "<script>alert(1)</script> & {{ 7 * 7 }}" in text


@settings(deadline=None)  # other work on the machine must not fail it
@given(
    phone=st.from_regex(r"\+628[0-9]{8,10}", fullmatch=True),
    email=st.from_regex(r"[a-z]{3,10}\.[a-z]{3,10}@warga\.id", fullmatch=True),
    name=st.from_regex(r"Xq[a-z]{4,12}", fullmatch=True),
)
def test_an_agencys_notice_never_holds_the_citizens_contact(phone: str, email: str, name: str) -> None:
    """Not even when whoever calls the composer hands it over by mistake."""
    for delivery in (NOTICE, COPY):
        message = COMPOSER.mail(delivery, Addressee("a@cimahi.example", phone, "Dinas", CODE), NOW)
        arrived, text, html = parts(message)
        for secret in (phone, email, name, CODE):
            assert secret not in text + html + str(arrived["Subject"])


@settings(deadline=None)
@given(prefix=st.from_regex(r"[A-Z]{2,5}", fullmatch=True), name=st.text(max_size=60), data=st.data())
def test_a_text_message_fits_with_ticket_code_and_link_whole(prefix: str, name: str, data: st.DataObject) -> None:
    ticket, code = new_ticket(prefix), new_tracking_code()
    host = data.draw(st.from_regex(r"[a-z]{1,12}(\.[a-z]{2,20}){1,4}", fullmatch=True))
    writer = dataclasses.replace(COMPOSER, public_url=f"https://{host}/")
    delivery = dataclasses.replace(RECEIPT, ticket=ticket)
    sms = writer.sms(delivery, Addressee(phone="+6281234567890", name=name, tracking_code=code))
    assert segments(sms.text) <= 2
    assert ticket in sms.text
    assert f"https://{host}/complaints/{ticket}?code={code}" in sms.text
    assert "112" in sms.text
    assert "berlubang" not in sms.text


def test_with_an_ordinary_address_a_text_message_is_one() -> None:
    writer = dataclasses.replace(COMPOSER, public_url="https://lapor.cimahikota.go.id")
    assert septets(writer.sms(RECEIPT, BUDI).text) <= SINGLE


def test_a_link_that_leaves_no_room_is_left_out_and_ticket_and_code_stay() -> None:
    writer = dataclasses.replace(COMPOSER, public_url="https://" + "a" * 260 + ".example")
    text = writer.sms(RECEIPT, BUDI).text
    assert "https" not in text
    assert TICKET in text
    assert CODE in text
    assert segments(text) <= 2


def test_an_update_leaves_out_what_its_channel_does_not_tell() -> None:
    update = next(one.delivery for one in specimens(Story()) if kind_of_message(one.delivery.message) == CASE_UPDATE)
    both, answers = ("forwarded", "answered"), frozenset({"answered"})
    assert [line["what"] for line in update.data["lines"]] == list(both)
    writer = dataclasses.replace(COMPOSER, notifications=Notifications(citizen_updates={"email": answers}))
    assert "Diteruskan ke" in COMPOSER.mail_parts(update, BUDI).text
    assert "Diteruskan ke" not in writer.mail_parts(update, BUDI).text
    assert "Jawaban dari" in writer.mail_parts(update, BUDI).html


@pytest.mark.parametrize(("language", "subject"), [("en", "We have your complaint"), ("xx", "Laporan Anda sudah")])
def test_a_mail_is_in_its_language_and_else_in_the_citys(language: str, subject: str) -> None:
    arrived, _, html = parts(COMPOSER.mail(dataclasses.replace(RECEIPT, language=language), BUDI, NOW))
    spoken = "en" if language == "en" else "id"
    assert arrived["Subject"].startswith(subject)
    assert arrived["Content-Language"] == spoken
    assert f'<html lang="{spoken}">' in html


def test_what_emergency_numbers_are_for_is_said_in_the_language() -> None:
    _, text, _ = parts(COMPOSER.mail(dataclasses.replace(RECEIPT, language="en"), BUDI, NOW))
    assert "112  Emergency call" in text


@pytest.mark.parametrize(
    "address",
    ["", "budi", "@mail.com", "budi@", "a@b\nBcc: x@y.z", "a b@c.d", "budi@mail.com, x@y.z", "x" * 300 + "@mail.com",
     "büdi@mail.com", "<budi@mail.com>"],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(Unaddressable):
        COMPOSER.mail(RECEIPT, dataclasses.replace(BUDI, email=address), NOW)


@pytest.mark.parametrize("number", ["", "abc", "+62 812 3456", "0812&to=1", "١٢٣٤"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(Unaddressable):
        COMPOSER.sms(RECEIPT, dataclasses.replace(BUDI, phone=number))


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    arrived, _, _ = parts(COMPOSER.mail(RECEIPT, dataclasses.replace(BUDI, name=name), NOW))
    assert [address.addr_spec for address in arrived["To"].addresses] == ["budi@mail.com"]
    assert arrived["Bcc"] is None


def test_emergency_numbers_are_the_citys() -> None:
    city = dataclasses.replace(CITY, emergency_numbers=(EmergencyNumber("999", "Siaga"),))
    writer = dataclasses.replace(COMPOSER, city=city)
    assert "999" in writer.sms(RECEIPT, BUDI).text
    assert "999" in parts(writer.mail(RECEIPT, BUDI, NOW))[1]
