"""Who may open and press what: every route with every role, as this table says."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.desk.cases.folding import folded, judgement
from services.desk.inbox import listing
from services.desk.inbox.conditions import Moment, in_scope
from services.desk.inbox.wanted import Wanted
from services.desk.people.person import Person, may_reveal_contact, scope_of, sees_case, text_view
from services.desk.repository import copies_of
from services.desk.tables import case_copies, cases, messaging
from services.desk.views.access import PUBLIC, act_needed
from shared.contracts.fields import Place
from tests.unit.desk.facts import RECEIVED, routed, ticket, unrouted
from tests.unit.desk.fake_deliveries import SENT_ID
from tests.unit.desk.fake_rules import DRAFT_ID, SET
from tests.unit.desk.fakes import HELD
from tests.unit.desk.world import LOGINS, PASSWORD, World

OWN, OTHERS, WAITING = ticket(1), ticket(2), ticket(3)
ROLES = tuple(LOGINS)

#                                       officer head coord. secr. operator auditor
MATRIX: dict[tuple[str, str], tuple[int, int, int, int, int, int]] = {
    ("GET", "/"):                         (303, 303, 303, 303, 303, 303),
    ("GET", "/cases"):                    (200, 200, 200, 200, 200, 200),
    ("GET", f"/cases/{OWN}"):             (200, 200, 200, 200, 200, 200),
    ("GET", f"/cases/{OTHERS}"):          (404, 404, 200, 200, 200, 200),
    ("GET", f"/cases/{WAITING}"):         (404, 404, 200, 200, 200, 200),
    ("GET", "/cases/CMH-9999-9999"):      (404, 404, 404, 404, 404, 404),
    ("GET", "/account"):                  (200, 200, 200, 200, 200, 200),
    ("POST", "/account/password"):        (422, 422, 422, 422, 422, 422),
    ("POST", "/account/address"):         (422, 422, 422, 422, 422, 422),
    ("POST", "/account/sessions"):        (404, 404, 404, 404, 404, 404),
    ("GET", "/account/second"):           (200, 200, 200, 200, 200, 200),
    ("POST", "/account/second"):          (422, 422, 422, 422, 422, 422),
    ("POST", "/account/second/confirm"):  (422, 422, 422, 422, 422, 422),
    ("POST", "/account/second/end"):      (422, 422, 422, 422, 422, 422),
    ("GET", f"/cases/{OWN}/photos/none"):    (404, 404, 404, 404, 403, 404),
    ("GET", f"/cases/{OTHERS}/photos/none"): (404, 404, 404, 404, 403, 404),
    ("POST", f"/cases/{WAITING}/assign"): (403, 403, 303, 303, 403, 403),
    ("POST", f"/cases/{OWN}/answer"):     (303, 303, 403, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/answer"):  (404, 404, 403, 403, 403, 403),
    ("POST", f"/cases/{WAITING}/answer"): (404, 404, 403, 403, 403, 403),
    ("POST", f"/cases/{OWN}/close"):      (409, 409, 403, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/close"):   (404, 404, 403, 403, 403, 403),
    ("POST", f"/cases/{OWN}/contact"):    (403, 403, 200, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/contact"): (404, 404, 200, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/ask"):     (404, 404, 403, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/resume"):  (404, 404, 403, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/return"):  (404, 404, 403, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/note"):    (404, 404, 422, 422, 403, 403),
    ("POST", f"/cases/{OTHERS}/reference"):(404, 404, 303, 303, 403, 403),
    ("POST", f"/cases/{OTHERS}/archive"): (404, 404, 422, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/copy"):    (404, 404, 422, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/reopen"):  (404, 404, 422, 403, 403, 403),
    ("GET", f"/cases/{OTHERS}/merge"):    (403, 403, 200, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/merge"):   (403, 403, 422, 403, 403, 403),
    ("GET", f"/cases/{OTHERS}/split"):    (403, 403, 200, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/split"):   (403, 403, 422, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/draft"):   (400, 400, 400, 400, 400, 400),
    ("POST", f"/cases/{OTHERS}/insert"):  (404, 404, 400, 400, 400, 400),
    ("GET", "/publish"):                  (403, 403, 200, 403, 403, 403),
    ("GET", f"/cases/{OTHERS}/publish"):    (403, 403, 200, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/publish"):   (403, 403, 422, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/unpublish"): (403, 403, 422, 403, 403, 403),
    ("POST", f"/cases/{OTHERS}/pass"):      (403, 403, 303, 403, 403, 403),
    ("GET", "/cases/news.json"):          (200, 200, 200, 200, 200, 200),
    ("GET", "/cases/stream"):             (406, 406, 406, 406, 406, 406),
    ("POST", "/cases/bulk"):              (400, 400, 400, 400, 400, 400),
    ("GET", "/enter"):                    (200, 200, 200, 403, 403, 403),
    ("POST", "/enter"):                   (503, 503, 503, 403, 403, 403),
    ("GET", "/export"):                   (403, 403, 200, 403, 403, 200),
    ("POST", "/export"):                  (403, 403, 400, 403, 403, 400),
    ("GET", "/triage"):                   (403, 403, 200, 200, 403, 200),
    ("GET", "/captured"):                 (403, 403, 200, 403, 200, 200),
    ("GET", "/quarantine"):               (403, 403, 200, 403, 200, 200),
    ("GET", f"/quarantine/{HELD.quarantine_id}"):  (403, 403, 200, 403, 403, 403),
    ("POST", f"/quarantine/{HELD.quarantine_id}"): (403, 403, 303, 403, 403, 403),
    ("GET", "/deliveries"):               (403, 403, 200, 403, 200, 200),
    ("GET", f"/deliveries/{SENT_ID}"):    (403, 403, 200, 403, 200, 200),
    ("POST", f"/deliveries/{SENT_ID}"):   (403, 403, 400, 403, 400, 403),
    ("GET", "/alerts"):                   (403, 403, 200, 403, 200, 200),
    ("POST", "/alerts"):                  (403, 403, 400, 403, 400, 403),
    ("GET", "/notifications"):            (403, 403, 200, 403, 200, 200),
    ("GET", "/notifications/mail"):       (403, 403, 404, 403, 404, 404),
    ("GET", "/console"):                  (403, 403, 200, 403, 200, 200),
    ("GET", "/console/now.json"):         (403, 403, 200, 403, 200, 200),
    ("GET", "/dead"):                     (403, 403, 403, 403, 200, 200),
    ("POST", "/dead/replay"):             (403, 403, 403, 403, 303, 403),
    ("POST", "/dead/discard"):            (403, 403, 403, 403, 303, 403),
    ("GET", "/rules"):                    (403, 403, 200, 200, 200, 200),
    ("POST", "/rules/drafts"):            (403, 403, 400, 403, 400, 403),
    ("POST", "/rules/restore"):           (403, 403, 400, 403, 400, 403),
    ("POST", "/rules/lint"):              (403, 403, 400, 403, 400, 403),
    ("GET", f"/rules/sets/{SET}"):        (403, 403, 200, 200, 200, 200),
    ("GET", f"/rules/drafts/{DRAFT_ID}"): (403, 403, 200, 200, 200, 200),
    ("GET", f"/rules/drafts/{DRAFT_ID}/file"):     (403, 403, 404, 404, 404, 404),
    ("POST", f"/rules/drafts/{DRAFT_ID}/file"):    (403, 403, 400, 403, 400, 403),
    ("POST", f"/rules/drafts/{DRAFT_ID}/phrase"):  (403, 403, 303, 403, 303, 403),
    ("POST", f"/rules/drafts/{DRAFT_ID}/work"):    (403, 403, 400, 403, 400, 403),
    ("POST", f"/rules/drafts/{DRAFT_ID}/settle"):  (403, 403, 400, 400, 403, 403),
    ("GET", f"/rules/drafts/{DRAFT_ID}/trial"):    (403, 403, 200, 200, 200, 200),
    ("POST", f"/rules/drafts/{DRAFT_ID}/trial"):   (403, 403, 400, 400, 400, 400),
    ("POST", f"/rules/drafts/{DRAFT_ID}/explain"): (403, 403, 422, 422, 422, 422),
    ("GET", f"/rules/drafts/{DRAFT_ID}/rebase"):   (403, 403, 200, 403, 200, 403),
    ("POST", f"/rules/drafts/{DRAFT_ID}/rebase"):  (403, 403, 303, 403, 303, 403),
    ("GET", f"/rules/from/{OWN}"):        (403, 403, 200, 403, 200, 403),
    ("POST", f"/rules/from/{OWN}"):       (403, 403, 400, 403, 400, 403),
    ("GET", "/statistics"):               (200, 200, 200, 200, 200, 200),
    ("GET", "/statistics.csv"):           (200, 200, 200, 200, 200, 200),
    ("GET", "/statistics/recap/DISHUB/2026-11"): (200, 200, 200, 200, 200, 200),
    ("GET", "/statistics/recap/DLH/2026-11"):    (404, 404, 200, 200, 200, 200),
    ("GET", "/audit"):                    (403, 403, 403, 403, 403, 200),
    ("GET", "/audit.csv"):                (403, 403, 403, 403, 403, 200),
    ("GET", "/privacy"):                  (403, 403, 200, 403, 403, 200),
    ("GET", "/agencies"):                 (200, 200, 200, 200, 200, 200),
    ("GET", "/agencies/DISHUB"):          (200, 200, 200, 200, 200, 200),
    ("GET", "/agencies/new"):             (403, 403, 200, 403, 200, 403),
    ("POST", "/agencies/new"):            (403, 403, 422, 403, 422, 403),
    ("GET", "/agencies/DISHUB/edit"):     (403, 403, 200, 403, 200, 403),
    ("POST", "/agencies/DISHUB/edit"):    (403, 403, 409, 403, 409, 403),
    ("POST", "/agencies/DISHUB/test"):    (403, 403, 404, 403, 404, 403),
    ("POST", "/agencies/DISHUB/webhook-secret"): (403, 403, 400, 403, 400, 403),
    ("POST", "/agencies/DISHUB/move"):    (403, 403, 422, 403, 403, 403),
    ("POST", "/agencies/DISHUB/people"):  (403, 403, 422, 403, 422, 403),
    ("POST", "/agencies/DISHUB/people/nobody"): (403, 403, 400, 403, 400, 403),
    ("POST", "/agencies/DISHUB/people/nobody/invite"): (403, 403, 422, 403, 422, 403),
    ("POST", "/agencies/DISHUB/people/nobody/second"): (403, 403, 404, 403, 404, 403),
    ("POST", "/agencies/DISHUB/leave"):   (403, 422, 422, 403, 422, 403),
    ("POST", "/agencies/DLH/leave"):      (403, 403, 422, 403, 422, 403),
    ("POST", f"/agencies/DISHUB/leave/{HELD.quarantine_id}/end"): (403, 404, 404, 403, 404, 403),
    ("POST", "/agencies/DISHUB/tokens"):  (403, 403, 422, 403, 422, 403),
    ("POST", f"/agencies/DISHUB/tokens/{HELD.quarantine_id}/revoke"): (403, 403, 404, 403, 404, 403),
}  # fmt: skip
FORM = {
    "agency": "DLH", "reason": "sudah dibaca", "revision": "2", "contact_reason": "perlu bertanya", "queue": "q",
    "message_id": "m", "act": "replay", "answer": "Sudah diganti.",
}  # fmt: skip


@pytest.fixture
def full(world: World) -> World:
    world.hear(routed(1), routed(2, agency="DLH"), unrouted(3))
    return world


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_each_role_as_the_table_says(full: World, role: str) -> None:
    visitor, column = full.logged_in(LOGINS[role]), ROLES.index(role)
    answers = {
        (method, path): (visitor.get(path) if method == "GET" else visitor.post(path, **FORM)).status_code
        for method, path in MATRIX
    }
    assert answers == {route: expected[column] for route, expected in MATRIX.items()}


def test_the_table_leaves_no_route_out(full: World) -> None:
    adapter = full.service.web.url_map.bind("localhost")
    tested = {adapter.match(path, method=method)[0] for method, path in MATRIX}
    endpoints = {rule.endpoint for rule in full.service.web.url_map.iter_rules()}
    assert endpoints - PUBLIC == tested
    assert all(act_needed(full.service.web, endpoint) is not None for endpoint in tested)


def test_whoever_is_not_logged_in_is_asked_to(full: World) -> None:
    visitor = full.visitor()
    for method, path in MATRIX:
        answer = visitor.get(path) if method == "GET" else visitor.bare_post(path, **FORM)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login"), (method, path)
    assert full.case(3).state == "triage"


def test_a_page_that_does_not_say_what_it_needs_stays_shut(world: World) -> None:
    world.service.web.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert world.logged_in("koordinator").get("/forgotten").status_code == 403


def test_every_form_needs_its_token(full: World) -> None:
    logged_in = [full.logged_in(LOGINS[role]) for role in ROLES]
    for (method, path), expected in MATRIX.items():
        if method == "POST":
            visitor = next(one for one, status in zip(logged_in, expected, strict=True) if status != 403)
            answer = visitor.bare_post(path, **FORM)
            assert answer.status_code == 400, path
            assert "terlalu lama terbuka" in answer.text
    assert full.visitor().bare_post("/login", login="koordinator", password=PASSWORD).status_code == 400
    assert logged_in[0].bare_post("/logout").status_code == 400
    assert full.case(3).state == "triage"
    assert not full.contacts.asked


def test_another_visitors_token_does_not_fit(full: World) -> None:
    one, other = full.logged_in("koordinator"), full.logged_in("sekretaris")
    assert one.bare_post(f"/cases/{WAITING}/assign", csrf_token=other.token, **FORM).status_code == 400


def test_a_confidential_case_is_for_the_head_and_for_officers_named_for_it(world: World) -> None:
    world.person("petugas.ditunjuk", "officer", agency="DISHUB", confidential=True)
    world.hear(routed(identity="confidential"))
    for login, status in (("petugas.dishub", 404), ("kepala.dishub", 200), ("petugas.ditunjuk", 200)):
        visitor = world.logged_in(login)
        assert visitor.get(f"/cases/{OWN}").status_code == status
        assert (OWN in visitor.get("/cases").text) == (status == 200)


def test_the_office_of_a_place_sees_the_cases_of_that_place(world: World) -> None:
    world.person("petugas.baros", "officer", agency="KELURAHAN", place="Baros")
    world.hear(routed(1, agency="KELURAHAN"), routed(2, agency="KELURAHAN", place=Place("Cimahi Utara", "Cipageran")))
    page = world.logged_in("petugas.baros").get("/cases").text
    assert OWN in page
    assert OTHERS not in page


PEOPLE = st.builds(
    Person, login=st.just("x"), name=st.just("X"), role=st.sampled_from((*ROLES, "unknown")),
    agency=st.sampled_from((None, "", "DISHUB", "KELURAHAN")), kecamatan=st.sampled_from((None, "Cimahi Tengah")),
    kelurahan=st.sampled_from((None, "Baros", "Melong")), confidential=st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(person=PEOPLE)
def test_the_list_and_the_page_hide_the_same_cases(scoped: World, person: Person) -> None:
    moment = Moment(RECEIVED, ZoneInfo("Asia/Jakarta"))
    with scoped.database.read() as connection:
        own, copies = (
            {line.ticket for line in listing.newest(connection, person, wanted, moment).lines}
            for wanted in (Wanted(), Wanted(copies="1"))
        )
        found = set(connection.execute(select(cases.c.ticket).where(in_scope(scope_of(person)))).scalars())
        seen = {
            ticket(number)
            for number in range(1, 1 + len(SCOPED))
            if sees_case(person, scoped.case(number), copies_of(connection, f"c{number}"))
        }
    assert own | copies == found == seen
    assert own == {ticket(number) for number in range(1, 1 + len(SCOPED)) if sees_case(person, scoped.case(number))}


SCOPED = [
    {"agency": agency, "identity": identity, "place": place}
    for agency in ("DISHUB", "KELURAHAN")
    for identity in ("anonymous", "open", "confidential")
    for place in (Place(), Place("Cimahi Tengah", "Baros"), Place("Cimahi Selatan", "Melong"))
]


@pytest.fixture
def scoped(world: World) -> World:
    world.hear(*(routed(number, **about) for number, about in enumerate(SCOPED, 1)), unrouted(50))
    with world.database.write() as tx:
        tx.execute(cases.delete().where(cases.c.complaint_id == "c50"))
        copy = {"agency": "KELURAHAN", "reason": "agar tahu", "at": RECEIVED}
        tx.execute(case_copies.insert(), [{"complaint_id": f"c{number}", **copy} for number in range(1, 10)])
    return world


@pytest.mark.parametrize(
    ("role", "identity", "text", "contact"),
    [
        ("officer", "open", "whole", True), ("officer", "anonymous", "masked", False),
        ("head", "open", "whole", True), ("head", "confidential", "masked", False),
        ("coordinator", "open", "whole", True), ("coordinator", "anonymous", "whole", True),
        ("coordinator", "confidential", "whole", True), ("secretary", "anonymous", "masked", False),
        ("secretary", "open", "whole", False), ("auditor", "anonymous", "masked", False),
        ("auditor", "open", "whole", False), ("operator", "open", "none", False),
    ],
)  # fmt: skip
def test_text_and_contact_by_role_and_identity(role: str, identity: str, text: str, contact: bool) -> None:
    person = Person("x", "X", role, "DISHUB" if role in ("officer", "head") else None)
    case = folded(None, judgement(routed(identity=identity)))
    assert text_view(person, identity) == text
    assert may_reveal_contact(person, case) is contact
    assert scope_of(person).everything is (role not in ("officer", "head"))


def test_the_tables_of_dead_letters_show_no_body(world: World) -> None:
    with world.database.write() as tx:
        tx.execute(
            messaging.inbox.insert(),
            {
                "queue": "desk.keep-cases.v1", "message_id": "m1", "state": "dead", "body": b"isi rahasia",
                "last_error": "Traceback (most recent call last):\n  File x\nValueError: isi rahasia\nlagi: rahasia",
                "error_code": "bug", "attempts": 5, "received_at": RECEIVED,
            },
        )  # fmt: skip
    visitor = world.logged_in("operator")
    page = visitor.get("/dead").text
    assert "ValueError" in page or "lagi" in page
    assert "rahasia" not in page
    about = {"queue": "desk.keep-cases.v1", "message_id": "m1"}
    assert visitor.post("/dead/discard", **about).status_code == 422, "a reason is needed"
    assert visitor.post("/dead/replay", **about, reason="sudah diperbaiki").status_code == 303
    assert [row["subject"] for row in world.audited("dead.replay")] == ["m1"]
    visitor.post("/dead/discard", **about, reason="ganda")
    assert "tidak ada lagi di daftar" in visitor.get("/dead").text
    assert not world.audited("dead.discard")
