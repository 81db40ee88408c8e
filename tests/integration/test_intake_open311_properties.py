"""No parameters make Open311 fail: whatever comes, the answer is well formed and no error of ours."""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.intake.building import Intake, intake
from tests.unit.intake.open311_city import open311_city

NAMES = (
    "service_code", "description", "lat", "long", "address_string", "address_id", "email", "phone", "first_name",
    "last_name", "account_id", "device_id", "media_url", "api_key", "jurisdiction_id", "attribute[jumlah]",
    "attribute[gejala][]", "attribute[sejak]", "attribute[]", "service_request_id", "start_date", "end_date",
    "status", "page", "page_size",
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "sampah", "lampu", "-6.884", "107.5412", "a@contoh.id", "0812 3456 7890", "2026-11-24T00:00:00Z",
            "9999-12-31T23:59:59-14:00", "0001-01-01", "open", "1", "9" * 400, "NaN", "\x00", "\ud7ff\ufffe", "]]>",
            "https://contoh.id/a.jpg", "cimahikota.go.id", "CMH-0000-0000", ",".join("1" * 300), "%s%n{{7*7}}",
        ]
    ),
)  # fmt: skip
PAIRS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=20)), VALUES), max_size=12)
PATHS = st.one_of(
    st.sampled_from(["requests", "services", "discovery", "services/lampu", "requests/CMH-0000-0000", "tokens/x"]),
    st.text(max_size=30),
)
RELAXED = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    folder = tmp_path_factory.mktemp("open311")
    with intake(f"sqlite:///{folder}/intake.db", pack=open311_city()) as one:
        yield one


def check(answer: Any, xml: bool) -> None:
    assert answer.status_code in (200, 400, 403, 404, 406, 429), answer.text
    if xml:
        root = ElementTree.fromstring(answer.data)
        assert (root.tag == "errors") == (answer.status_code >= 400)
    else:
        found = json.loads(answer.data)
        assert answer.status_code < 400 or all(set(one) == {"code", "description"} for one in found)


@RELAXED
@given(pairs=PAIRS, xml=st.booleans())
def test_reports(built: Intake, pairs: list[tuple[str, str]], xml: bool) -> None:
    data: dict[str, list[str]] = {}
    for name, value in [*pairs, ("service_code", "sampah"), ("lat", "-6.9")]:
        data.setdefault(name, []).append(value)
    check(built.client.post(f"/open311/v2/requests.{'xml' if xml else 'json'}", data=data), xml)


@RELAXED
@given(path=PATHS, pairs=PAIRS, xml=st.booleans())
def test_reading(built: Intake, path: str, pairs: list[tuple[str, str]], xml: bool) -> None:
    from urllib.parse import quote

    address = f"/open311/v2/{quote(path, safe='/')}.{'xml' if xml else 'json'}"
    check(built.client.get(address, query_string=pairs), xml)


@RELAXED
@given(query=st.binary(max_size=60), body=st.binary(max_size=200))
def test_bytes_that_are_no_text(built: Intake, query: bytes, body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = built.client.post(
            "/open311/v2/requests.json", data=body, content_type=kind, query_string=query.decode("latin-1")
        )
        check(answer, xml=False)
