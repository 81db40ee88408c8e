"""The answers of Open311, as values and as XML."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from services.intake.open311 import documents
from services.intake.open311.known_requests import Shown
from services.intake.open311.xml_writing import write_xml
from shared.city import EmergencyNumber
from tests.unit.intake.open311_city import SERVICES

AT = datetime(2026, 11, 24, 3, 0, 59, 999, tzinfo=UTC)


def test_services_in_xml() -> None:
    document = documents.services(SERVICES)
    written = write_xml(document.root, document.value)
    assert written.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    first, second = ElementTree.fromstring(written).findall("service")
    assert [(part.tag, part.text) for part in first] == [
        ("service_code", "sampah"), ("service_name", "Sampah"), ("description", "Sampah menumpuk."),
        ("metadata", "false"), ("type", "realtime"), ("keywords", "tps, bau"), ("group", "Lingkungan"),
    ]  # fmt: skip
    assert (second.findtext("service_name"), second.findtext("metadata")) == ("Lampu <jalan>", "true")


def test_a_definition_in_xml() -> None:
    document = documents.definition(SERVICES.services[1])
    root = ElementTree.fromstring(write_xml(document.root, document.value))
    attributes = root.findall("attributes/attribute")
    assert [one.findtext("order") for one in attributes] == ["1", "2", "3", "4", "5", "6"]
    assert [one.findtext("required") for one in attributes] == ["false", "true", "false", "false", "false", "false"]
    assert [(value.findtext("key"), value.findtext("name")) for value in attributes[4].findall("values/value")] == [
        ("p", "putih"), ("k", "kuning"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["received", "routed", "triage", "closed", "a_newer_word"])
def test_a_request_shows_its_state_and_nothing_that_was_written(status: str) -> None:
    (shown,) = documents.requests([Shown("CMH-1", status, "Dinas", "lampu", AT, AT)], SERVICES).value
    assert set(shown) == {
        "service_request_id", "status", "status_notes", "service_code", "service_name", "agency_responsible",
        "requested_datetime", "updated_datetime",
    }  # fmt: skip
    assert shown["status"] == ("closed" if status == "closed" else "open")
    assert shown["status_notes"]
    assert shown["requested_datetime"] == "2026-11-24T03:00:59Z"


def test_a_service_that_is_no_longer_offered_keeps_its_code() -> None:
    (shown,) = documents.requests([Shown("CMH-1", "routed", None, "bekas", AT, AT)], SERVICES).value
    assert (shown["service_name"], shown["agency_responsible"]) == ("bekas", None)


def test_the_notice_names_emergency_numbers_at_once() -> None:
    numbers = (EmergencyNumber("112", "Darurat"), EmergencyNumber("113", "Damkar"))
    said = documents.notice("CMH-1", numbers, photos_refused=("too_large", "too_large", "unreadable"))
    assert "CMH-1" in said
    assert "112 (Darurat); 113 (Damkar)" in said
    assert "Tidak semua foto" in said
    assert said.count("terlalu besar") == 1
    assert "rusak" in said
    assert "telepon" not in documents.notice("CMH-1", ())


def test_what_xml_cannot_hold_is_left_out() -> None:
    hostile = "a\x00\x08\x0b\x1f\ud800\ufffe\uffff]]>&<!DOCTYPE x>\U0001f600\tb"
    written = write_xml("errors", [{"code": 400, "description": hostile}])
    assert ElementTree.fromstring(written).findtext("error/description") == "a]]>&<!DOCTYPE x>\U0001f600\tb"


def test_nothing_is_an_empty_element() -> None:
    assert write_xml("service_requests", []).endswith(b"<service_requests />")
    assert ElementTree.fromstring(write_xml("x", {"y": None})).findtext("y") == ""
