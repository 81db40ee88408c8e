"""The pages of the rules, with a router that is a fake: who sees what, what is asked of it, and what nobody loses."""

from __future__ import annotations

import re
from dataclasses import replace

from services.desk.rules.draft import Conflict, Heading, Problem, Trial
from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.fake_rules import AFTER, DRAFT_ID, FILE, HEADING, NEW_ID, OLD_SET, SET, TRIAL
from tests.unit.desk.world import World

DRAFT = f"/rules/drafts/{DRAFT_ID}"
FORM = {"revision": "3", "phrase": " lampu gang ", "target": "DISHUB/penerangan-jalan", "weight": "5", "where": ""}
BAD = Problem(FILE, 6, "penerangan-jalan", "error", "There is no agency `DISHB`.", "Did you mean `DISHUB`?")


def show(world: World, login: str, **more: object) -> str:
    world.rules.heading = replace(HEADING, **more)  # type: ignore[arg-type]
    return world.logged_in(login).get(DRAFT).text


def done(world: World, name: str) -> list[tuple[object, ...]]:
    return [one for one in world.rules.asked if one[0] == name]


def test_the_overview_tells_what_is_in_force_and_what_people_prepare(world: World) -> None:
    page = world.logged_in("auditor").get("/rules").text
    for words in ("PJU di gang", SET, "Lampu gang", "Konsep", "Disetujui", "Perubahan baru berlaku setelah disetujui"):
        assert words in page
    assert "Buat konsep" not in page
    assert "Kembali ke versi ini" not in page
    assert world.logged_in("petugas.dishub").get("/rules").status_code == 403


def test_a_draft_is_begun_once_and_an_older_set_is_proposed(world: World) -> None:
    visitor = world.logged_in("koordinator")
    page = visitor.get("/rules").text
    draft_id = re.findall(r'name="draft_id" value="([^"]+)"', page)[0]
    answer = visitor.post("/rules/drafts", draft_id=draft_id, title="Taman")
    assert (answer.status_code, answer.location) == (303, f"/rules/drafts/{draft_id}")
    answer = visitor.post("/rules/restore", draft_id=NEW_ID, ruleset=OLD_SET, reason="keliru")
    assert answer.status_code == 303
    assert done(world, "begin")[1] == ("begin", NEW_ID, f"Kembali ke aturan versi {OLD_SET}", "koordinator", OLD_SET)
    assert done(world, "propose") == [("propose", NEW_ID, 1, "koordinator", "keliru")]
    assert visitor.post("/rules/drafts", draft_id="../x", title="Taman").status_code == 400
    world.rules.refuses = "bad_title"
    answer = visitor.post("/rules/drafts", draft_id=draft_id, title="<i>")
    assert answer.status_code == 422
    assert 'value="&lt;i&gt;"' in answer.text, "what was typed stays"


def test_a_draft_shows_what_it_changes(world: World) -> None:
    page = show(world, "koordinator")
    for words in ("frasa <b>lampu gang</b>", "+5", FILE, "Tambah frasa", "Usulkan", "Berkas diubah: lampu gang +5"):
        assert words in page
    assert "Setujui" not in page


PROPOSED = {"state": "proposed", "proposed_by": "koordinator"}
FOUND: list[tuple[str, dict[str, object], str, str]] = [
    ("sekretaris", PROPOSED, "Setujui", "Tarik kembali"),
    ("koordinator", PROPOSED, "Orang lain perlu memeriksanya", "Setujui<"),
    ("koordinator", {"state": "refused", "settled_by": "rina", "verdict": "x"}, "Perbaiki lagi", "Tambah frasa"),
    ("operator", PROPOSED, "Diusulkan koordinator", "Setujui"),
    ("koordinator", {"stale": True}, "Sesuaikan konsep ini", "Setujui"),
    ("sekretaris", {"stale": True}, "sudah berganti sejak", "Sesuaikan konsep ini"),
    ("koordinator", {"state": "activated", "ruleset": SET}, "Menjadi versi", "Buang"),
]


def test_everybody_finds_the_acts_that_are_theirs(world: World) -> None:
    visitors = {login: world.logged_in(login) for login in ("sekretaris", "koordinator", "operator")}
    for login, more, there, absent in FOUND:
        world.rules.heading = replace(HEADING, **more)  # type: ignore[arg-type]
        page = visitors[login].get(DRAFT).text
        assert there in page, (login, more)
        assert absent not in page, (login, more)


def test_a_phrase_is_asked_for_as_the_form_says_it(world: World) -> None:
    visitor = world.logged_in("koordinator")
    assert visitor.post(f"{DRAFT}/phrase", **FORM).status_code == 303
    asked = {"agency": "DISHUB", "rule": "penerangan-jalan", "phrase": " lampu gang ", "weight": 5}
    assert done(world, "phrase") == [("phrase", DRAFT_ID, 3, "koordinator", asked)]
    visitor.post(f"{DRAFT}/phrase", **FORM | {"where": "kelurahan:Baros", "target": "DLH/", "weight": "x"})
    assert done(world, "phrase")[1][-1] == asked | {"agency": "DLH", "rule": "", "weight": 0, "kelurahan": "Baros"}
    assert visitor.post(f"{DRAFT}/phrase", **FORM | {"revision": "-1"}).status_code == 400
    world.rules.refuses = "bad_phrase"
    answer = visitor.post(f"{DRAFT}/phrase", **FORM | {"phrase": '"><script>'})
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert 'value="&#34;&gt;&lt;script&gt;"' in answer.text


def test_acts_carry_what_was_seen_and_a_refusal_is_told_in_words(world: World) -> None:
    world.rules.heading = replace(HEADING, state="proposed", proposed_by="koordinator")
    visitor = world.logged_in("sekretaris")
    visitor.get(DRAFT)
    body = {"revision": "3", "content": "content-1", "reason": "baik"}
    assert visitor.post(f"{DRAFT}/settle", act="approve", **body).status_code == 303
    assert done(world, "approve") == [("approve", DRAFT_ID, 3, "sekretaris", "baik", "content-1")]
    assert visitor.post(f"{DRAFT}/settle", act="propose", **body).status_code == 400
    assert visitor.post(f"{DRAFT}/work", act="propose", **body).status_code == 403
    for code, words in (("own_proposal", "harus diperiksa orang lain"), ("not_as_expected", "Sesuaikan dulu"),
                        ("draft_changed", "Tidak ada yang ditimpa"), ("new_code", "said no")):  # fmt: skip
        world.rules.refuses = code
        answer = visitor.post(f"{DRAFT}/settle", act="approve", **body)
        assert (answer.status_code, words in answer.text, "baik" in answer.text) == (409, True, True), code


def test_problems_stand_at_their_line_in_indonesian(world: World) -> None:
    world.rules.problems = [BAD]
    visitor = world.logged_in("koordinator")
    page = visitor.get(f"{DRAFT}/file?name={FILE}").text
    assert "Tidak ada instansi `DISHB`. Maksudnya `DISHUB`?" in page
    assert '<span id="baris-6" class="error">6</span>' in page
    assert "lampu gang &lt;b&gt;" in page
    page = visitor.get(DRAFT).text
    assert "Perbaiki dulu kesalahannya" in page
    token = {"X-CSRFToken": visitor.token}
    body = {"draft_id": DRAFT_ID, "file": FILE, "text": "rules: ["}
    answer = visitor.client.post("/rules/lint", json=body, headers=token)
    assert answer.get_json()["problems"][0]["what"] == "Tidak ada instansi `DISHB`."
    assert ("lint", DRAFT_ID, FILE, "rules: [") in world.rules.asked
    assert visitor.client.post("/rules/lint", json=body).status_code == 400, "without its token"
    assert visitor.client.post("/rules/lint", json=[], headers=token).status_code == 400
    world.rules.away = True
    assert visitor.client.post("/rules/lint", json=body, headers=token).get_json() == {"away": True}


def test_a_file_is_saved_whole_with_the_line_ends_of_files(world: World) -> None:
    visitor = world.logged_in("koordinator")
    text = "\r\n# atas\r\nrules: []\r\n"
    visitor.post(f"{DRAFT}/file", name=FILE, revision="3", text=text, act="save")
    assert done(world, "save") == [("save", DRAFT_ID, 3, "koordinator", FILE, "\n# atas\nrules: []\n")]
    answer = visitor.post(f"{DRAFT}/file", name=FILE, revision="3", text=text, act="check")
    assert "\n# atas\nrules: []\n</textarea>" in answer.text
    assert len(done(world, "save")) == 1
    assert visitor.post(f"{DRAFT}/file", name=FILE, revision="3", text="x" * 2_100_000, act="save").status_code == 413
    assert visitor.get(f"{DRAFT}/file?name=rules/tidak.yaml").status_code == 404
    assert visitor.get(f"{DRAFT}/file?name=rules/baru.yaml&new=yes").status_code == 200
    world.rules.refuses = "bad_file_name"
    answer = visitor.post(f"{DRAFT}/file", name="../x", revision="3", text="isi saya", act="save")
    assert (answer.status_code, "isi saya" in answer.text) == (409, True)


def test_the_second_of_two_sees_the_first_ones_lines_and_keeps_the_own(world: World) -> None:
    world.rules.refuses = "draft_changed"
    visitor = world.logged_in("koordinator")
    mine = AFTER.replace("pju mati: 6", "pju mati: 7")
    answer = visitor.post(f"{DRAFT}/file", name=FILE, revision="2", text=mine, act="save")
    assert answer.status_code == 409
    for words in ("Diubah operator", "pju mati: 6", "pju mati: 7", 'name="revision" value="3"'):
        assert words in answer.text


def test_when_the_router_is_away_the_page_keeps_what_was_typed(world: World) -> None:
    visitor = world.logged_in("koordinator")
    world.rules.away = True
    for page in ("/rules", DRAFT, f"{DRAFT}/trial", f"{DRAFT}/rebase", f"/rules/sets/{SET}"):
        answer = visitor.get(page)
        assert (answer.status_code, "sedang tidak menjawab" in answer.text) == (503, True), page
    answer = visitor.post(f"{DRAFT}/file", name=FILE, revision="3", text="<b>isi panjang", act="save")
    assert answer.status_code == 503
    for words in ("&lt;b&gt;isi panjang</textarea>", 'name="revision" value="3"', 'name="act" value="save"'):
        assert words in answer.text
    world.rules.away = False
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)) | {"text": "<b>isi panjang"}
    fields.pop("csrf_token")
    assert visitor.post(f"{DRAFT}/file", **fields).status_code == 303
    assert done(world, "save")[-1][-1] == "<b>isi panjang"


def test_a_conflict_is_settled_file_by_file(world: World) -> None:
    world.rules.conflicts = [
        Conflict("rules/a.yaml", "a: 1\n", "a: 2\n", "a: 3\n", None),
        Conflict("rules/b.yaml", "b: 1\n", None, "b: 2\n", None),
    ]
    visitor = world.logged_in("koordinator")
    page = visitor.get(f"{DRAFT}/rebase").text
    for words in ("rules/a.yaml", "a: 2", "a: 3", "Berkas dihapus", "rules/taman.yaml"):
        assert words in page
    form = {"revision": "3", "active_content": "active-content", "file-0": "rules/a.yaml", "choice-0": "written",
            "text-0": "a: 4\r\n", "file-1": "rules/b.yaml", "choice-1": "theirs"}  # fmt: skip
    assert visitor.post(f"{DRAFT}/rebase", **form).status_code == 303
    assert done(world, "rebase")[0][-1] == {"rules/a.yaml": "a: 4\n", "rules/b.yaml": "b: 2\n"}
    visitor.post(f"{DRAFT}/rebase", **form | {"file-0": "rules/other.yaml", "choice-1": "x"})
    assert done(world, "rebase")[1][-1] == {}, "what the page did not show is not settled by it"


def test_a_picture_says_in_words_what_it_shows(world: World) -> None:
    world.hear(routed(1))
    world.rules.trial_ = replace(TRIAL, complaints=[replace(TRIAL.complaints[0], ticket=ticket(1))])
    page = world.logged_in("koordinator").get(f"{DRAFT}/trial").text
    for words in ("3 dari 200 laporan akan berpindah", "<svg", "Triase (petugas)", "DISHUB, darurat", "lampu gang +5",
                  ticket(1), "Lampu jalan mati", "Sesuai dengan keputusan petugas", "Semua laporan"):  # fmt: skip
        assert words in page
    assert "Lampu jalan mati" not in world.logged_in("operator").get(f"{DRAFT}/trial").text, "it reads nothing"
    assert "0812" not in world.logged_in("auditor").get(f"{DRAFT}/trial").text


TRIALS: list[tuple[Trial | None, str, str | None]] = [
    (None, "Belum dihitung", None),
    (replace(TRIAL, state="running", compared=50), "50 dari 200", "2"),
    (replace(TRIAL, complete=False, compared=150), "hanya 150 laporan terbaru dari 200", None),
    (replace(TRIAL, state="failed", problem="given_up"), "Perhitungan tidak selesai", None),
    (replace(TRIAL, content="older"), "Konsep sudah berubah sejak dihitung", None),
    (replace(TRIAL, moved=0, matrix=[], complaints=[]), "0 dari 200 laporan", None),
]


def test_a_trial_tells_how_far_it_is(world: World) -> None:
    visitor = world.logged_in("auditor")
    for trial, words, refresh in TRIALS:
        world.rules.trial_ = trial
        answer = visitor.get(f"{DRAFT}/trial")
        assert words in answer.text
        assert answer.headers.get("Refresh") == refresh, words
    assert visitor.post(f"{DRAFT}/trial", days="30").status_code == 303
    assert done(world, "trial") == [("trial", DRAFT_ID, 30, "auditor")]
    assert visitor.post(f"{DRAFT}/trial", days="31").status_code == 400


def test_a_text_is_compared_without_standing_in_an_address(world: World) -> None:
    visitor = world.logged_in("koordinator")
    page = visitor.post(f"{DRAFT}/explain", text="lampu gang mati", kelurahan="Baros").text
    assert ("explain", DRAFT_ID, "lampu gang mati", "Baros") in world.rules.asked
    assert "<mark>lampu</mark>" in page
    assert "Tidak ada kata dalam laporan yang dikenal aturan." in page
    assert visitor.post(f"{DRAFT}/explain", text=" ").status_code == 422


def test_a_complaint_becomes_a_phrase_in_the_own_draft_and_is_tried_at_once(world: World) -> None:
    world.hear(unrouted(1))
    visitor = world.logged_in("koordinator")
    page = visitor.get(f"/rules/from/{ticket(1)}").text
    assert f'name="draft_id" value="{DRAFT_ID}"' in page
    assert "0812-3456-7890" in page
    answer = visitor.post(f"/rules/from/{ticket(1)}", draft_id=DRAFT_ID, **FORM)
    assert (answer.status_code, answer.location) == (303, f"{DRAFT}/trial?ticket={ticket(1)}")
    assert [one[0] for one in world.rules.asked if one[0] in ("begin", "phrase", "trial")] == ["phrase", "trial"]
    assert "hubungi" in visitor.get(f"{DRAFT}/trial?ticket={ticket(1)}").text
    world.rules.heading = Heading(**{**vars(HEADING), "author": "rina"})
    page = visitor.get(f"/rules/from/{ticket(1)}").text
    fresh = re.findall(r'name="draft_id" value="([^"]+)"', page)[0]
    assert fresh != DRAFT_ID
    visitor.post(f"/rules/from/{ticket(1)}", draft_id=fresh, **FORM | {"revision": "0"})
    assert done(world, "begin") == [("begin", fresh, f"Dari laporan {ticket(1)}", "koordinator", "")]


def test_a_complaint_is_shown_as_far_as_the_role_reads(world: World) -> None:
    world.hear(unrouted(1))
    page = world.logged_in("operator").get(f"/rules/from/{ticket(1)}").text
    assert "Lampu jalan" not in page
    assert "tidak dapat Anda baca" in page
    assert world.logged_in("sekretaris").get(f"/rules/from/{ticket(1)}").status_code == 403
    assert world.logged_in("koordinator").get("/rules/from/CMH-9999-9999").status_code == 404
