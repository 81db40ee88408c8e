"""What an agency's system may and may not do, and that its acts are those of the pages."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.desk.api.callers import PER_MINUTE
from services.desk.api.document import FILE, shapes
from services.desk.api.endpoints import PATH
from services.desk.cases import timeline
from services.desk.cases.acting import TakeNote, perform
from services.desk.cases.agency_acts import Answer, Ask, Close, GiveBack, Note, Resume
from services.desk.cases.coordinator_acts import Copy, Refer
from services.desk.directory.tokens import revoke_token
from services.desk.people.person import Person
from services.desk.tables import api_calls
from shared.contracts.case import CaseAcknowledged, CaseAnswered, CaseReturned
from shared.errors import Refused
from tests.unit.desk.agency_system import BY, System, system
from tests.unit.desk.facts import TEXT, added, followed, routed, ticket
from tests.unit.desk.world import SECRET, World

JPEG = b"\xff\xd8\xff\xe0 a photo"
SMALL = hashlib.sha256(JPEG + b"small").hexdigest()
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
SHAPES = json.loads(FILE.read_text())["$defs"]


@pytest.fixture
def caller(world: World) -> System:
    world.hear(routed())
    return system(world)


def fits(shape: str, said: Any) -> None:
    schema = {"$ref": f"#/$defs/{shape}", "$defs": SHAPES}
    found = [f"{list(error.instance_path)}: {error.message}" for error in jsonschema_rs.iter_errors(schema, said)]
    assert not found, found


def test_a_case_has_the_shape_of_the_messages_and_never_a_contact(world: World, caller: System) -> None:
    photo = {"sha256": "a" * 64, "media_type": "image/jpeg", "size": 9, "width": 4, "height": 3, "preview": "b" * 64}
    world.hear(added(text="Telepon 0812-3456-7890", photos=[photo]), followed(), routed(2, identity="open"))
    assert caller.act("answer", text="Hubungi kami di 022-6654321.").status_code == 200
    page, case = caller.get("/cases").get_json(), caller.case()
    fits("changes", page)
    fits("deskCaseWhole", case)
    assert len(page["cases"]) == 2
    said = json.dumps([page, case])
    assert not [told for told in ("0812", "budi@contoh.id", "contact") if told in said]
    assert case["answers"][0]["text"] == "Hubungi kami di 022-6654321.", "the agency's own words to the citizen"
    assert (case["followers"], case["photos"], case["additions"][0]["photos"]) == (1, 1, 1)
    assert {line["act"] for line in case["timeline"]} >= {"routed", "added", "acknowledged", "answered"}
    assert case["deadlines"][0]["skipped"][0]["why"] == "weekend"


def test_messages_and_api_have_one_description(caller: System) -> None:
    described = caller.client.get("/api/agency/openapi.json").get_json()["components"]["schemas"]
    for name, shape in shapes().items():
        assert described[name] == shape
    assert (
        json.loads(json.dumps(shapes()["deskCase"]).replace("#/components/schemas/", "#/$defs/")) == SHAPES["deskCase"]
    )
    assert shapes()["case"]["properties"].keys() == SHAPES["case"]["properties"].keys()


def test_reading_is_no_acknowledgement_and_acknowledging_is_done_once(world: World, caller: System) -> None:
    caller.case()
    assert world.case().state == "forwarded"
    first, second = caller.act("acknowledge"), caller.act("acknowledge")
    assert [answer.get_json()["outcome"] for answer in (first, second)] == ["done", "already_done"]
    assert len(world.said(CaseAcknowledged.TYPE)) == 1
    (row, _) = world.audited("api.act")
    assert row["details"]["token"] == caller.token.token_id
    assert (row["details"]["agency"], row["details"]["name"]) == ("DISHUB", caller.token.name)
    (row,) = world.audited("case.acknowledge")
    assert row["actor"] == f"api:{caller.token.token_id}"


def test_the_same_again_is_answered_alike_and_other_content_refused(world: World, caller: System) -> None:
    said: dict[str, Any] = {"key": "k-1", "text": "Sudah diganti.", "close": True}
    first, again = caller.act("answer", **said), caller.act("answer", **said)
    assert first.get_json() == again.get_json() == {
        "ticket": ticket(1), "outcome": "done", "state": "closed", "revision": 4,
    }  # fmt: skip
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    other = caller.act("answer", **{**said, "text": "Belum."})
    assert (other.status_code, other.get_json()["code"]) == (422, "key_reused")
    assert len(world.said(CaseAnswered.TYPE)) == 1
    assert system(world).act("answer", **said).get_json() == first.get_json(), "another token of the same agency"


def test_what_was_refused_leaves_its_key_free(world: World, caller: System) -> None:
    refused = caller.act("close", key="k")
    assert (refused.status_code, set(refused.get_json()["fields"])) == (422, {"reason"})
    assert world.case().state == "forwarded", "not even opened"
    assert caller.act("close", key="k", reason="Sudah selesai bersama laporan lain.").status_code == 200


def test_an_act_on_what_has_changed_is_told_what_changed(world: World, caller: System) -> None:
    assert caller.act("answer", text="Satu", revision=2).status_code == 200
    for more in ({"revision": 2}, {"headers": {"If-Match": '"2"'}}, {"revision": 3, "headers": {"If-Match": '"2"'}}):
        late = caller.act("answer", text="Dua", **more)
        body = late.get_json()
        assert (late.status_code, body["code"], body["revision"], body["state"]) == (409, "case_changed", 3, "answered")
        fits("change", body["last_change"])
        assert body["last_change"]["told"] == f"Jawaban ke-1 untuk pelapor oleh {caller.token.name} (Petugas instansi)"
    impossible = caller.act("ask", question="Di mana?")
    assert (impossible.status_code, impossible.get_json()["code"]) == (409, "not_in_this_state")
    assert caller.act("answer", text="Dua").status_code == 200, "without a revision it is done on the case as it is"


def test_another_s_case_and_one_that_is_not_are_answered_alike(world: World, caller: System) -> None:
    world.hear(routed(2, agency="DLH"), routed(3, identity="confidential"))
    odd = {"request_id"}
    said = [caller.get(f"/cases/{ticket(number)}") for number in (2, 3, 4)]
    said += [caller.act("answer", number, text="Sudah.") for number in (2, 3, 4)]
    said += [caller.send_photo(JPEG, number) for number in (2, 3, 4)]
    bodies = [{name: value for name, value in one.get_json().items() if name not in odd} for one in said]
    assert {one.status_code for one in said} == {404}
    assert all(body == bodies[0] for body in bodies)
    assert {row["subject"] for row in world.audited("case.denied")} == {ticket(2), ticket(3)}
    assert world.case(2).state == "forwarded"


def test_a_copy_is_read_and_nothing_else(world: World, caller: System) -> None:
    world.hear(routed(2, agency="DLH", identity="open"))
    assert perform(world.register, Person("p", "P", "officer", "DLH"), ticket(2), 2, Note("Hanya untuk DLH"))
    assert perform(world.register, COORDINATOR, ticket(2), 2, Copy("DISHUB", "Tiangnya milik DISHUB."))
    case = caller.case(2)
    fits("deskCaseWhole", case)
    assert (case["role"], case["lead"], case["notes"]) == ("copy", "Dinas Lingkungan Hidup", [])
    assert "Hanya untuk DLH" not in json.dumps(case)
    assert TEXT not in json.dumps(case, ensure_ascii=False)
    refused = caller.act("note", 2, text="Kami juga.")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "copy_is_read_only")
    assert caller.send_photo(JPEG, 2).status_code == 403


def test_a_token_does_what_its_scopes_say(world: World, caller: System) -> None:
    reader, writer = system(world, scopes=("cases:read",)), system(world, scopes=("cases:write",))
    assert reader.get("/cases").status_code == 200
    assert [reader.act("note", text="x").status_code, reader.send_photo(JPEG).status_code] == [403, 403]
    assert [writer.get("/cases").status_code, writer.act("note", text="x").status_code] == [403, 200]
    assert reader.act("note", text="x").get_json()["code"] == "missing_scope"
    assert reader.case()["photo_links"] == []


@pytest.mark.parametrize("kind", ["none", "basic", "malformed", "unknown", "revoked", "expired"])
def test_without_a_good_token_nothing_is_told(world: World, caller: System, kind: str) -> None:
    short = system(world, days=1)
    if kind == "revoked":
        revoke_token(world.database, world.clock, BY, "DISHUB", caller.token.token_id)
    if kind == "expired":
        world.clock.advance(86_400)
    shown = {
        "none": "", "basic": f"Basic {caller.secret}", "malformed": f"Bearer {caller.secret[:-1]}",
        "unknown": f"Bearer {SECRET}", "revoked": f"Bearer {caller.secret}", "expired": f"Bearer {short.secret}",
    }[kind]  # fmt: skip
    for path in ("/cases", f"/cases/{ticket(1)}"):
        answer = caller.client.get(f"{PATH}{path}", headers={"Authorization": shown} if shown else {})
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    answer = caller.client.post(f"{PATH}/cases/{ticket(1)}/close", data=b"not read", headers={"Authorization": shown})
    assert answer.status_code == 401


def test_a_token_that_calls_too_often_waits_and_the_others_do_not(world: World, caller: System) -> None:
    other = system(world)
    with world.database.write() as tx:  # it has called nearly as often as it may
        minute = int(world.clock.now().timestamp()) // 60
        rows = [{"token_id": caller.token.token_id, "minute": minute + n, "count": PER_MINUTE - 5} for n in (0, 1)]
        tx.execute(api_calls.insert(), rows)
    answers = [caller.get(f"/cases/{ticket(9)}") for _ in range(8)]
    refused = [one for one in answers if one.status_code == 429]
    assert len(refused) == 3 or minute != int(world.clock.now().timestamp()) // 60
    assert all(1 <= int(one.headers["Retry-After"]) <= 60 for one in refused)
    assert other.get("/cases").status_code == 200
    world.clock.advance(121)
    assert caller.get("/cases").status_code == 200


def test_calls_far_from_the_limit_are_written_down_by_tens(world: World, caller: System) -> None:
    for _ in range(25):
        assert caller.get("/cases").status_code == 200
    with world.database.read() as connection:
        counts = [row.count for row in connection.execute(select(api_calls.c["count"]))]
    assert 15 <= sum(counts) <= 25, "the first at once, then each tenth; two minutes may have been touched"
    assert len(counts) <= 2


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400), (b"\xff", "application/json", 400), (b"[" * 100_000, "application/json", 400),
        (b'{"text": "x"}', "text/plain", 415), (b"[]", "application/json", 422), (b"{}", "application/json", 422),
        (b'{"text": 7}', "application/json", 422), (b'{"text": "x", "more": 1}', "application/json", 422),
        (b'{"text": " "}', "application/json", 422), (b'{"text": "x", "revision": true}', "application/json", 422),
        (b'{"text": "' + b"x" * 1_000_000 + b'"}', "application/json", 413),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_in_words(caller: System, body: bytes, kind: str, status: int) -> None:
    more = {**caller.headers, "Idempotency-Key": "k"}
    answer = caller.client.post(f"{PATH}/cases/{ticket(1)}/answer", data=body, content_type=kind, headers=more)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["detail"]
    assert status != 422 or answer.get_json()["fields"]


def test_an_act_without_a_key_is_refused(caller: System) -> None:
    for key in ({}, {"Idempotency-Key": " "}, {"Idempotency-Key": "x" * 201}):
        more = {**caller.headers, **key}
        answer = caller.client.post(f"{PATH}/cases/{ticket(1)}/close", json={"reason": "x"}, headers=more)
        assert (answer.status_code, set(answer.get_json()["fields"])) == (422, {"Idempotency-Key"})


def test_photos_of_an_answer_are_sent_before_it(world: World, caller: System) -> None:
    kept = [caller.send_photo(JPEG).get_json() for _ in range(2)]
    assert kept[0] == kept[1]
    fits("keptPhoto", kept[0])
    photo = kept[0]["sha256"]
    assert caller.send_photo(b"no photo").status_code == 422
    assert caller.send_photo(JPEG, kind="text/plain").status_code == 415
    assert caller.send_photo(JPEG * 1_000_000).status_code == 413
    unknown = caller.act("answer", key="k", text="Sudah.", photos=["0" * 64])
    assert (unknown.status_code, set(unknown.get_json()["fields"])) == (422, {"photos"})
    assert caller.act("answer", key="k", text="Sudah.", photos=[photo]).status_code == 200
    (event,) = world.said(CaseAnswered.TYPE)
    assert [one["sha256"] for one in event.photos] == [photo]
    assert [(one["sha256"], one["origin"]) for one in caller.case()["photo_links"]] == [(photo, "answer")]


def test_a_link_to_a_photo_needs_no_token_and_soon_expires(world: World, caller: System) -> None:
    photo = caller.send_photo(JPEG).get_json()["sha256"]
    assert caller.act("answer", text="Sudah.", photos=[photo]).status_code == 200
    world.photos.files = {photo: JPEG, SMALL: b"small"}
    (link,) = caller.case()["photo_links"]
    stranger = world.service.web.test_client()
    whole, small = stranger.get(link["url"]), stranger.get(link["preview_url"])
    assert (whole.data, whole.mimetype, small.data) == (JPEG, "image/jpeg", b"small")
    assert whole.headers["Cache-Control"] == "no-store"
    assert stranger.get(link["url"].replace(photo, SMALL)).status_code == 404, "signed for another one"
    assert stranger.get(link["url"][:-4] + "AAAA").status_code == 404
    assert stranger.get(link["url"].partition("?")[0]).status_code == 422
    world.photos.away = True
    assert stranger.get(link["url"]).status_code == 503
    world.photos.away = False
    revoke_token(world.database, world.clock, BY, "DISHUB", caller.token.token_id)
    assert stranger.get(link["url"]).status_code == 404
    world.clock.advance(601)
    assert stranger.get(link["url"]).status_code == 410


def test_a_case_that_is_given_back_is_no_longer_there(world: World, caller: System) -> None:
    wrong = caller.act("return", reason="Jalan nasional.", suggested="NOBODY")
    assert (wrong.status_code, set(wrong.get_json()["fields"])) == (422, {"suggested"})
    assert caller.act("return", key="r", reason="Jalan nasional.", suggested="DPUPR").status_code == 200
    (event,) = world.said(CaseReturned.TYPE)
    assert (event.suggested, event.reason) == ("DPUPR", "Jalan nasional.")
    assert caller.get(f"/cases/{ticket(1)}").status_code == 404
    assert caller.act("return", key="r", reason="Jalan nasional.", suggested="DPUPR").status_code == 200, "again"


def test_numbers_of_other_systems_are_kept_and_are_not_endless(world: World, caller: System) -> None:
    assert caller.act("reference", system="simpju", number="PJU-1").status_code == 200
    assert caller.case()["external_refs"] == {"simpju": "PJU-1"}
    for number in range(9):
        assert caller.act("reference", system=f"s{number}", number="1").status_code == 200
    assert caller.act("reference", system="one.more", number="1").status_code == 422
    assert caller.act("reference", system="simpju", number="").status_code == 200
    assert "simpju" not in caller.case()["external_refs"]


OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")
ACTS = ("acknowledge", "answer", "answer_close", "ask", "resume", "return", "close", "note", "reference")


def by_page(world: World, act: str, number: int, text: str) -> None:
    """What the forms of the case page do."""
    case = world.case(number)
    until = world.clock.now() + timedelta(days=10)
    wish = {
        "acknowledge": TakeNote(), "answer": Answer(text), "answer_close": Answer(text, True), "ask": Ask(text, until),
        "resume": Resume(text), "return": GiveBack(text, "DPUPR"), "close": Close(text), "note": Note(text),
        "reference": Refer("simpju", "7"),
    }[act]  # fmt: skip
    try:
        perform(world.register, OFFICER, case.ticket, case.revision, wish)
    except Refused:
        return


def by_api(caller: System, act: str, number: int, text: str) -> None:
    name = act.partition("_")[0]
    fields: dict[str, Any] = {
        "ask": {"question": text}, "resume": {"reason": text}, "return": {"reason": text, "suggested": "DPUPR"},
        "close": {"reason": text}, "reference": {"system": "simpju", "number": "7"}, "acknowledge": {},
    }.get(name, {"text": text})  # fmt: skip
    if act == "answer_close":
        fields["close"] = True
    caller.act(name, number, **fields)


def told(world: World, number: int) -> list[tuple[Any, ...]]:
    """The timeline but for who, when, and the mark of the form."""
    with world.database.read() as connection:
        lines = timeline.of_case(connection, f"c{number}")
    hidden = {"name", "form", "until", "deadlines"}
    shown = [
        (line.seq, line.key, line.act, line.role, line.note, _without(line.data, hidden)) for line in lines if line.seq
    ]
    return sorted(shown, key=lambda line: line[0])[1:]


def _without(data: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in hidden}


SAME = ("state", "revision", "counts", "agency", "steps", "external_refs", "declined", "suggestion", "resume")
_numbers = iter(range(100, 100_000, 2))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(("Satu.", "Dua\n\ntiga"))), max_size=7))
def test_acts_by_the_api_and_by_the_page_make_the_same_timeline(
    world: World, caller: System, acts: list[tuple[str, str]]
) -> None:
    number = next(_numbers)
    world.hear(routed(number), routed(number + 1))
    for act, text in acts:
        world.clock.advance(60)
        by_page(world, act, number, text)
        by_api(caller, act, number + 1, text)
    assert told(world, number) == told(world, number + 1)
    one, other = world.case(number), world.case(number + 1)
    assert (one.state, one.revision, one.counts, one.agency) == (
        other.state,
        other.revision,
        other.counts,
        other.agency,
    )
