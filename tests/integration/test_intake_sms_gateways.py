"""The signed webhook for gateways of any make, and what gateways report of messages that were sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import tables
from services.intake.channels.generic_sms import signature
from shared.contracts.delivery import DeliveryReported
from shared.ids import new_id
from shared.reply_marks import report_signature
from tests.unit.intake.building import KEY, Intake, intake

OLD_KEY, NEW_KEY = "o" * 40, "n" * 40
MESSAGE = {"id": "g1", "from": "+6281200001234", "to": "1234", "text": "lampu padam di Cibeber"}


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db", sms_webhook_keys=(NEW_KEY, OLD_KEY)) as one:
        yield one


def post(built: Intake, path: str, body: Any, *, key: str = NEW_KEY, late_seconds: int = 0) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(built.clock.now().timestamp()) - late_seconds)
    headers = {"X-Tanggap-Timestamp": stamp, "X-Tanggap-Signature": signature(key, stamp, raw)}
    return built.client.post(path, data=raw, headers=headers, content_type="application/json")


def test_a_message_and_its_repetition_get_the_same_answer(built: Intake) -> None:
    answers = [post(built, "/sms/generic", MESSAGE, key=key).get_json() for key in (NEW_KEY, OLD_KEY)]
    (row,) = built.rows(tables.complaints)
    assert answers == [{"outcome": "accepted", "ticket": row["ticket"], "reply": "", "reason": ""}] * 2
    assert (row["account"], row["channel"]) == ("generic", "sms")
    asked = [post(built, "/sms/generic", {**MESSAGE, "id": "g2", "text": "STATUS"}).get_json() for _ in range(2)]
    assert asked[0] == asked[1]
    assert asked[0]["reply"].startswith(f"{row['ticket']}: Diterima.")


def test_parts_by_the_webhook(built: Intake) -> None:
    def part(number: int, text: str) -> dict[str, Any]:
        return {**MESSAGE, "id": f"p{number}", "text": text, "part": {"reference": "a", "number": number, "total": 2}}

    first = post(built, "/sms/generic", part(2, "di Cibeber")).get_json()
    last = post(built, "/sms/generic", part(1, "lampu padam ")).get_json()
    assert (first["outcome"], last["outcome"]) == ("waiting", "accepted")
    assert [row["text"] for row in built.rows(tables.complaints)] == ["lampu padam di Cibeber"]


def test_what_will_never_be_accepted_is_an_outcome(built: Intake) -> None:
    answer = post(built, "/sms/generic", {**MESSAGE, "from": "TELKOMSEL"})
    assert (answer.status_code, answer.get_json()) == (
        200, {"outcome": "refused", "ticket": None, "reply": "", "reason": "bad_sender"},
    )  # fmt: skip
    empty = post(built, "/sms/generic", {**MESSAGE, "text": " "}).get_json()
    assert (empty["outcome"], empty["reason"], empty["reply"] != "") == ("refused", "empty_text", True)
    assert [row["reason"] for row in built.rows(tables.refusals)] == ["bad_sender", "empty_text"]


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), ({"id": "1"}, 422)])
def test_a_body_of_another_shape_says_what_is_wrong(built: Intake, body: Any, status: int) -> None:
    answer = post(built, "/sms/generic", body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert status == 400 or set(answer.get_json()["fields"]) == {"from", "text"}


def test_only_a_fresh_signature_opens_it(built: Intake, tmp_path: Any) -> None:
    for answer in (
        built.client.post("/sms/generic", json=MESSAGE),
        post(built, "/sms/generic", MESSAGE, key="x" * 40),
        post(built, "/sms/generic", MESSAGE, late_seconds=301),
        post(built, "/sms/generic/report", {}, key="x" * 40),
    ):
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert built.rows(tables.complaints) == []
    with intake(f"sqlite:///{tmp_path}/other.db") as closed:
        assert post(closed, "/sms/generic", MESSAGE).get_json()["code"] == "webhook_closed"


def report(built: Intake, delivery: str, kind: str, *, sign: str | None = None, answer: str = "ACK/") -> int:
    query = {"delivery": delivery, "sign": sign or report_signature((KEY,), delivery), "type": kind, "answer": answer}
    status: int = built.client.get("/sms/kannel/report", query_string=query).status_code
    return status


def reported(built: Intake) -> list[tuple[str, str, str]]:
    facts = [fact for fact in built.said() if isinstance(fact, DeliveryReported)]
    return [(fact.reported, fact.reason, fact.answer) for fact in facts]


def test_reports_of_kannel_are_said_once_for_each_kind(built: Intake) -> None:
    delivery = new_id()
    for kind in ("1", "8", "1", "4", "4", "32", "", "abc"):  # their order is not kept, and they are repeated
        assert report(built, delivery, kind) == 200
    assert reported(built) == [("delivered", "delivered", "ACK/"), ("delayed", "buffered", "ACK/")]
    assert report(built, new_id(), "16", answer="NACK/3: to +62 812 0000 1234 refused") == 200
    assert report(built, new_id(), "2", answer="absent") == 200
    assert reported(built)[2:] == [
        ("failed", "rejected_by_network", "NACK/3: to [telepon] refused"),
        ("failed", "undelivered", "absent"),
    ]


def test_a_report_needs_the_signature_that_was_sent_with_the_message(built: Intake) -> None:
    delivery = new_id()
    for sign in ("x", report_signature((KEY,), new_id()), report_signature(("z" * 40,), delivery), "é"):
        assert report(built, delivery, "1", sign=sign) == 403
    assert report(built, "", "1", sign=report_signature((KEY,), "")) == 403
    assert reported(built) == []


def test_reports_by_the_webhook(built: Intake) -> None:
    body = {"delivery": new_id(), "status": "failed", "reason": "absent", "answer": "no such subscriber"}
    assert post(built, "/sms/generic/report", body).get_json() == {"outcome": "reported"}
    assert post(built, "/sms/generic/report", body).get_json() == {"outcome": "known"}
    assert reported(built) == [("failed", "absent", "no such subscriber")]
    wrong = post(built, "/sms/generic/report", {**body, "status": "eaten", "reason": "no word"})
    assert (wrong.status_code, set(wrong.get_json()["fields"])) == (422, {"status", "reason"})
