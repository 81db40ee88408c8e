"""Who may open and press what: every route with every role, as this table says."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk.cases.case import Case, of_routed
from services.desk.inbox import listing
from services.desk.people.person import Person, may_reveal_contact, scope_of, sees_case, text_view
from services.desk.tables import cases, messaging
from services.desk.views.access import PUBLIC, act_needed
from shared.contracts.fields import Place
from tests.unit.desk.fake_deliveries import SENT_ID
from tests.unit.desk.world import HELD, LOGINS, PASSWORD, RECEIVED, World, routed, ticket, unrouted

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
    ("GET", "/dead"):                     (403, 403, 403, 403, 200, 200),
    ("POST", "/dead/replay"):             (403, 403, 403, 403, 303, 403),
    ("POST", "/dead/discard"):            (403, 403, 403, 403, 303, 403),
    ("GET", "/audit"):                    (403, 403, 403, 403, 403, 200),
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
    with scoped.database.read() as connection:
        page = listing.newest(connection, person, listing.Wanted())
    numbers = range(1, 1 + len(SCOPED))
    assert {line.ticket for line in page.lines} == {ticket(n) for n in numbers if sees_case(person, scoped.case(n))}


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
    case: Case = of_routed(routed(identity=identity))
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
