"""Photos in answers, drafts, ready-made texts: what a form brings, and what is left of it when it cannot be sent."""

import html
import io
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from services.desk.tables import drafts as drafts_table
from services.desk.views.drafting import KINDS
from services.desk.working import drafts
from services.desk.working.files import MOST_REQUEST_BYTES
from shared.contracts.case import CaseAnswered
from shared.timers import Timer
from tests.unit.desk.facts import routed, ticket
from tests.unit.desk.world import Visitor, World

PATH = f"/cases/{ticket(1)}"
JPEG = b"\xff\xd8\xff a photo of a street light"
TEXT = "Lampunya sudah menyala."


@pytest.fixture
def officer(world: World) -> Visitor:
    world.hear(routed(), routed(2))
    visitor = world.logged_in("petugas.dishub")
    visitor.get(PATH)
    return visitor


def send(
    visitor: Visitor, *files: bytes, path: str = "answer", revision: int = 2, text: str = TEXT, **form: Any
) -> TestResponse:
    uploads = [(io.BytesIO(content), f"{number}.jpg") for number, content in enumerate(files)]
    said = {"answer": text, "act": "answered", "revision": revision, "csrf_token": visitor.token, **form}
    return visitor.client.post(f"{PATH}/{path}", data=said | {"photos": uploads}, headers={"Accept": "text/html"})


def saved(visitor: Visitor, revision: int, text: str = TEXT, act: str = "answered") -> TestResponse:
    """As the script does it."""
    form = {"act": act, KINDS[act]: text, "draft_revision": revision, "csrf_token": visitor.token}
    return visitor.client.post(f"{PATH}/draft", data=form, headers={"Accept": "application/json"})


def kept(world: World) -> list[Any]:
    with world.database.read() as connection:
        return list(connection.execute(select(*drafts_table.c)))


def test_an_answer_goes_out_with_its_photos(world: World, officer: Visitor) -> None:
    assert send(officer, JPEG, JPEG + b"2").status_code == 303
    (fact,) = world.said(CaseAnswered.TYPE)
    assert [photo["size"] for photo in fact.photos] == [len(JPEG), len(JPEG) + 1]
    assert [one[0] for one in world.files.kept] == ["c1", "c1"]
    page = officer.get(PATH).text
    small = fact.photos[0]["preview"]
    assert f'<img src="{PATH}/photos/{small}" alt="Foto 1 dari 2 dalam jawaban' in page
    assert "photos" not in page.split('id="timeline"')[0].split("Jawab lagi")[0], "it is not among the citizen's photos"
    world.photos.files = {small: JPEG}
    assert officer.client.get(f"{PATH}/photos/{small}").status_code == 200
    assert not kept(world)


def test_the_same_form_with_photos_is_sent_once(world: World, officer: Visitor) -> None:
    send(officer, JPEG, path="draft")
    (photo,) = kept(world)[0].photos
    answers = [send(officer, JPEG + b"2", photo=photo["sha256"]).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert [len(fact.photos) for fact in world.said(CaseAnswered.TYPE)] == [2]
    assert "Tidak ada yang dikirim dua kali" in officer.get(PATH).text


def test_what_is_no_photo_keeps_text_and_the_other_photos(world: World, officer: Visitor) -> None:
    refused = send(officer, JPEG, b"MZ an executable named .jpg")
    assert refused.status_code == 422
    assert refused.text.count("bukan foto yang dapat diterima") == 2
    assert TEXT in refused.text
    assert "Hapus foto 1" in refused.text
    (draft,) = kept(world)
    assert (draft.text, len(draft.photos)) == (TEXT, 1)
    digest = draft.photos[0]["sha256"]
    assert send(officer, photo=digest, drop_photo=digest).status_code == 303
    assert world.said(CaseAnswered.TYPE)[0].photos == []


def test_more_than_three_photos_are_too_many(world: World, officer: Visitor) -> None:
    refused = send(officer, *(JPEG + bytes([number]) for number in range(5)))
    assert (refused.status_code, "Paling banyak 3 foto" in html.unescape(refused.text)) == (422, True)
    assert len(world.files.kept) == len(kept(world)[0].photos) == 3


def test_intake_away_means_the_answer_waits_as_a_draft(world: World, officer: Visitor) -> None:
    world.files.away = True
    away = send(officer, JPEG)
    assert (away.status_code, "teksnya tersimpan sebagai draf" in away.text, TEXT in away.text) == (503, True, True)
    assert (kept(world)[0].text, world.said(CaseAnswered.TYPE)) == (TEXT, [])
    assert send(officer).status_code == 303, "without a photo it goes"
    world.files.away = False
    assert not kept(world)


def test_a_video_is_refused_before_it_is_read(world: World, officer: Visitor) -> None:
    assert saved(officer, 0).status_code == 200

    def film(number: int) -> TestResponse:
        """Says how large it is; whoever tries to read it finds nothing there, and answers something else."""
        return officer.client.post(
            f"/cases/{ticket(number)}/answer", content_type="multipart/form-data; boundary=x",
            headers={"Accept": "text/html"}, environ_overrides={"CONTENT_LENGTH": str(MOST_REQUEST_BYTES + 1)},
        )  # fmt: skip

    refused = film(1)
    assert refused.status_code == 413
    assert "video tidak diterima" in refused.text
    assert TEXT in refused.text, "the draft has the words"
    assert film(90).status_code == 404


def test_nobody_names_photos_of_others(world: World, officer: Visitor) -> None:
    send(officer, JPEG, path="draft")
    (mine,) = kept(world)[0].photos
    head = world.logged_in("kepala.dishub")
    assert send(head, photo=mine["sha256"], text="Dari saya.").status_code == 303
    assert world.said(CaseAnswered.TYPE)[0].photos == []
    auditor = world.logged_in("auditor")
    assert send(auditor, JPEG).status_code == 403
    assert len(world.files.kept) == 1, "who may not answer puts nothing into intake"
    assert head.client.get(f"{PATH}/photos/{mine['sha256']}").status_code == 404


def test_a_draft_is_the_persons_own_and_goes_when_it_is_sent(world: World, officer: Visitor) -> None:
    answer = saved(officer, 0)
    assert (answer.status_code, answer.json["revision"]) == (200, 1)
    page = officer.get(PATH).text
    assert f"{TEXT}</textarea>" in page
    assert "Draf dari" in page
    assert "Hanya Anda yang melihatnya" in page
    for login in ("kepala.dishub", "koordinator", "auditor", "operator"):
        assert TEXT not in world.logged_in(login).get(PATH).text
    assert not world.said(CaseAnswered.TYPE)
    send(officer)
    assert not kept(world)
    assert saved(officer, 1, "terlambat").status_code == 409, "what a slow window saves afterwards does not come back"
    assert not kept(world)


def test_two_windows_do_not_overwrite_each_other(world: World, officer: Visitor) -> None:
    assert [saved(officer, 0, "satu").status_code, saved(officer, 0, "dua").status_code] == [200, 409]
    assert kept(world)[0].text == "satu"
    assert send(officer, path="draft", text="dengan tombol").status_code == 303
    assert (kept(world)[0].text, kept(world)[0].revision) == ("dengan tombol", 2)
    assert saved(officer, 2, " ").json["revision"] == 0
    assert not kept(world)


def test_each_kind_of_text_has_its_draft(world: World, officer: Visitor) -> None:
    saved(officer, 0, "jawaban")
    saved(officer, 0, "pertanyaan", "asked")
    saved(officer, 0, "catatan", "noted")
    page = officer.get(PATH).text
    assert all(f"{text}</textarea>" in page for text in ("jawaban", "pertanyaan", "catatan"))
    officer.post(f"{PATH}/note", note="catatan", revision=2)
    assert sorted(row.kind for row in kept(world)) == ["answer", "question"]
    assert saved(officer, 0, "x", "answered").status_code == 409
    assert saved(officer, 1, "x" * (drafts.MOST_DRAFT + 1)).status_code == 422
    auditor = world.logged_in("auditor")
    assert saved(auditor, 0).status_code == 403
    for act, number in (("archived", "0"), ("", "0"), ("answered", "x"), ("answered", "-1")):
        form = {"act": act, "draft_revision": number, "csrf_token": officer.token, "answer": "x"}
        assert officer.client.post(f"{PATH}/draft", data=form).status_code == 400


def test_old_drafts_are_swept(world: World, officer: Visitor) -> None:
    saved(officer, 0)
    sweep = drafts.forgetting(world.service.spine)
    for days, left in ((29, 1), (2, 0)):
        world.clock.advance(days * 86_400)
        with world.database.write() as tx:
            assert sweep(tx, Timer(drafts.TIMER, "", world.clock.now(), 1, 0)) is not None
        assert len(kept(world)) == left


def test_a_ready_text_is_put_in_without_a_script(world: World, officer: Visitor) -> None:
    assert "Lampu jalan sudah menyala" in officer.get(PATH).text
    answer = send(officer, JPEG, path="insert", ready="pju_menyala", text="Halo.")
    page = html.unescape(answer.text)
    assert answer.status_code == 200
    assert f"Halo.\n\nTerima kasih atas laporan Anda ({ticket(1)})." in page
    assert "di Kelurahan Baros sudah kami perbaiki pada [tanggal]" in page
    assert (kept(world)[0].text.startswith("Halo."), len(kept(world)[0].photos)) == (True, 1)
    unfilled = send(officer, text=kept(world)[0].text)
    assert (unfilled.status_code, "Isi dulu bagian dalam kurung siku: [tanggal]" in unfilled.text) == (422, True)
    assert send(officer, text="Tiang [nomor 12] sudah diganti.").status_code == 303, "other brackets are one's own"


def test_ready_texts_for_reasons(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    form = {"act": "archived", "why": "spam", "ready": "arsip_spam", "reason": "", "revision": 2}
    page = coordinator.post(f"{PATH}/insert", **form).text
    assert "Bukan laporan (iklan atau pesan otomatis).</textarea>" in page
    assert '<option value="spam" selected>' in page
    assert coordinator.post(f"{PATH}/insert", **form | {"act": "answered"}).status_code == 400, (
        "not offered to this role"
    )
    assert coordinator.post(f"{PATH}/insert", **form | {"ready": "nirwana"}).status_code == 200
    blank = coordinator.post(f"{PATH}/archive", why="not_ours", reason="Hubungi [nama lembaga].", revision=2)
    assert (blank.status_code, world.case().state) == (422, "in_progress")
