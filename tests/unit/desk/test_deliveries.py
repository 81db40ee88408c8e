"""Messages, alerts and previews at the desk."""

import re
from dataclasses import replace

import pytest

from services.desk.sending import wording as delivery_wording
from services.desk.sending.deliveries import Wanted
from services.desk.sending.picture import WIDTH, bars
from tests.unit.desk.facts import delivery, routed, ticket
from tests.unit.desk.fake_deliveries import ALERT_ID, SENT, SENT_ID, UNCERTAIN_ID, WORDS
from tests.unit.desk.world import World

PAGES = ("/deliveries", f"/deliveries/{SENT_ID}", "/alerts", "/notifications")


@pytest.mark.parametrize(
    ("login", "status"),
    [("koordinator", 200), ("operator", 200), ("auditor", 200), ("sekretaris", 403), ("petugas.dishub", 403)],
)
def test_who_sees_the_pages(world: World, login: str, status: int) -> None:
    visitor = world.logged_in(login)
    assert [visitor.get(page).status_code for page in PAGES] == [status] * len(PAGES)


def test_an_auditor_looks_and_changes_nothing(world: World) -> None:
    visitor = world.logged_in("auditor")
    for page in (f"/deliveries/{UNCERTAIN_ID}", "/alerts"):
        assert "Alasan <" not in visitor.get(page).text
    assert visitor.post(f"/deliveries/{UNCERTAIN_ID}", act="retry", reason="x").status_code == 403
    assert visitor.post("/alerts", act="clear", alert_id=ALERT_ID, reason="x").status_code == 403


def test_the_list_tells_what_became_of_each_message(world: World) -> None:
    page = world.logged_in("operator").get("/deliveries").text
    for words in (
        "Pemberitahuan laporan", "Dinas Perhubungan", "lewat sambungan sistem", "Kabar perkembangan",
        "Belum pasti", "tidak ada jawaban", "Surel: 120 terkirim, 2 gagal", "Halaman berikutnya",
    ):  # fmt: skip
        assert words in page


def test_filters_are_links_and_junk_in_the_address_is_ignored(world: World) -> None:
    visitor = world.logged_in("koordinator")
    visitor.get("/deliveries?state=failed&channel=sms&reason=dlr_2&recipient=DISHUB&days=7&before=abc")
    assert world.deliveries.wanted[-1] == Wanted("failed", "sms", "dlr_2", "DISHUB", "", 7, "abc")
    page = visitor.get("/deliveries?state=nonsense&channel=<b>&days=99999").text
    assert world.deliveries.wanted[-1] == Wanted()
    assert re.search(r'href="/deliveries\?state=uncertain[^"]*"', page) is None, "no state without any message"
    assert 'href="/deliveries?state=failed&amp;days=30"' in page or 'href="/deliveries?state=failed"' in page


def test_a_ticket_leads_to_its_messages(world: World) -> None:
    world.hear(routed())
    visitor = world.logged_in("operator")
    visitor.get(f"/deliveries?q={ticket(1).lower()}")
    assert world.deliveries.wanted[-1].complaint_id == "c1"
    assert "Tidak ada kiriman yang cocok" in visitor.get("/deliveries?q=CMH-9999").text
    assert len(world.deliveries.wanted) == 1, "nobody is asked about a ticket that is none"


@pytest.mark.parametrize(
    ("login", "shown"), [("koordinator", WORDS), ("auditor", "Jalan rusak, hubungi [telepon]."), ("operator", None)]
)
def test_what_a_message_said_is_shown_as_far_as_the_role_reads(world: World, login: str, shown: str | None) -> None:
    page = world.logged_in(login).get(f"/deliveries/{SENT_ID}").text
    assert (shown or "Peran Anda tidak membaca isi laporan") in page
    if login != "koordinator":
        assert "0812" not in page


def test_the_story_tells_attempts_reports_and_acts(world: World) -> None:
    page = world.logged_in("operator").get(f"/deliveries/{SENT_ID}").text
    for words in (
        "tujuan menolak, kode 550", "550 no such user", "kode 5.1.1; pesan dilanjutkan lewat saluran lain",
        "Dikirim ulang oleh operator", "Saluran yang tidak berhasil",
    ):  # fmt: skip
        assert words in page
    assert world.logged_in("operator").get("/deliveries/0192f0aa-0000-7000-8000-0000000000ee").status_code == 404


def test_what_is_uncertain_is_sent_again_only_after_a_warning(world: World) -> None:
    visitor = world.logged_in("operator")
    path = f"/deliveries/{UNCERTAIN_ID}"
    assert visitor.post(path, act="retry", reason=" ").status_code == 422
    answer = visitor.post(path, act="retry", reason="pelapor menelepon")
    assert (answer.status_code, "mungkin sampai dua kali" in answer.text) == (409, True)
    assert 'name="sure" value="yes"' in answer.text
    assert [one for one in world.deliveries.asked if one[0] == "retry"] == []
    answer = visitor.post(path, act="retry", reason="pelapor menelepon", sure="yes")
    assert (answer.status_code, answer.location) == (303, path)
    assert ("retry", UNCERTAIN_ID, "operator", "pelapor menelepon") in world.deliveries.asked
    assert "akan dikirim ulang" in visitor.get(path).text


def test_what_waits_can_be_cancelled_and_what_was_sent_not(world: World) -> None:
    visitor = world.logged_in("koordinator")
    assert "Batalkan" not in visitor.get(f"/deliveries/{SENT_ID}").text
    world.deliveries.lines = [replace(SENT, state="pending", last_problem="answered_503")]
    assert "Batalkan" in visitor.get(f"/deliveries/{SENT_ID}").text
    assert visitor.post(f"/deliveries/{SENT_ID}", act="cancel", reason="salah alamat").status_code == 303
    assert ("cancel", SENT_ID, "koordinator", "salah alamat") in world.deliveries.asked
    assert visitor.post(f"/deliveries/{SENT_ID}", act="burn", reason="x").status_code == 400


def test_while_the_notifier_is_away_the_pages_say_so(world: World) -> None:
    visitor = world.logged_in("operator")
    world.deliveries.away_ = True
    for page in PAGES:
        answer = visitor.get(page)
        assert (answer.status_code, "sedang tidak menjawab" in answer.text) == (503, True), page
    assert visitor.get("/cases").status_code == 200


def test_open_alerts_stand_on_every_page_of_who_can_settle_them(world: World) -> None:
    assert "1 peringatan pengiriman" in world.logged_in("operator").get("/cases").text
    for login in ("auditor", "petugas.dishub"):
        assert "peringatan pengiriman" not in world.logged_in(login).get("/cases").text


def test_alerts_are_counted_seldom_and_an_absent_notifier_keeps_the_last_number(world: World) -> None:
    visitor = world.logged_in("operator")
    for _ in range(3):
        visitor.get("/cases")
    assert world.deliveries.asked.count(("count",)) == 1
    world.deliveries.away_ = True
    world.clock.advance(31)
    assert "1 peringatan" in visitor.get("/cases").text
    assert world.deliveries.asked.count(("count",)) == 2


def test_an_alert_is_cleared_and_an_address_lifted_with_a_reason(world: World) -> None:
    visitor = world.logged_in("koordinator")
    page = visitor.get("/alerts").text
    for words in (
        "Pesan ke Dinas Perhubungan tidak sampai lewat surel",
        "tujuan menjawab 503",
        "seorang pelapor",
    ):
        assert words in page
    answer = visitor.post("/alerts", act="clear", alert_id=ALERT_ID, reason="")
    assert (answer.status_code, f'href="#reason-{ALERT_ID}"' in answer.text) == (422, True)
    assert visitor.post("/alerts", act="clear", alert_id=ALERT_ID, reason="alamat baru").status_code == 303
    assert ("clear", ALERT_ID, "koordinator", "alamat baru") in world.deliveries.asked
    assert "peringatan pengiriman belum" not in visitor.get("/cases").text, "the line is gone at once"
    assert visitor.post("/alerts", act="lift", channel="email", key="DISHUB", reason="sudah benar").status_code == 303
    assert ("lift", "email", "DISHUB", "koordinator", "sudah benar") in world.deliveries.asked


def test_previews_by_message_and_language_with_the_mail_in_a_shut_frame(world: World) -> None:
    visitor = world.logged_in("auditor")
    answer = visitor.get("/notifications")
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    assert 'sandbox="" src="/notifications/mail?message=receipt&amp;language=id"' in answer.text
    assert "1 bagian" in answer.text
    assert "Thank you" in visitor.get("/notifications?message=receipt&language=en").text
    assert "specversion" in visitor.get("/notifications?message=case_notice").text
    mail = visitor.get("/notifications/mail?message=receipt&language=id")
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert mail.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Terima kasih." in mail.text
    assert visitor.get("/notifications/mail?message=receipt&language=xx").status_code == 404


def test_a_bounce_and_the_next_channel_are_lines_of_their_own(world: World) -> None:
    facts = [delivery(channel="email", outcome="sent"), delivery(channel="email", outcome="failed", reason="dsn_5_1_1"),
             delivery(channel="webhook", outcome="sent")]  # fmt: skip
    world.hear(routed(), *facts, *facts)
    page = world.logged_in("koordinator").get(f"/cases/{ticket(1)}").text
    assert f'href="/deliveries?q={ticket(1)}"' in page
    assert page.count("Pemberitahuan laporan untuk DISHUB") == 3
    assert "lewat Sambungan sistem: terkirim" in page
    assert "surel dikembalikan, kode 5.1.1" in page


def test_the_picture_never_leaves_its_frame_and_shows_the_smallest_piece() -> None:
    drawn = bars({("sent", "email"): 1_000_000, ("failed", "email"): 1, ("pending", "sms"): 1})
    assert [(bar.channel, bar.total) for bar in drawn] == [("email", 1_000_001), ("sms", 1)]
    for bar in drawn:
        ends = [piece.start + piece.width for piece in bar.pieces]
        assert [piece.start for piece in bar.pieces] == [0, *ends[:-1]]
        assert ends[-1] <= WIDTH
        assert all(piece.width > 0 for piece in bar.pieces)
    assert bars({}) == []


def test_reasons_are_words() -> None:
    assert delivery_wording.delivery_reason("dsn_5_2_2") == "surel dikembalikan, kode 5.2.2"
    assert delivery_wording.delivery_reason("answered_429") == "tujuan menjawab 429"
    assert delivery_wording.delivery_reason("never_heard_of") == "never_heard_of"
    assert delivery_wording.message_name("case_update.12") == "Kabar perkembangan"
    assert delivery_wording.message_name("case_addition.2") == "Pemberitahuan tambahan ke-2"
    assert delivery_wording.alert_title("destination_away", {"channel": "sms"}, "") == "SMS tidak dapat dijangkau"
