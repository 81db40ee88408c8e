"""What Open311's parameters become, and what is said about those that are wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.open311.addresses import format_of, read_address
from services.intake.open311.listing import MOST_ROWS, Wanted, read_wanted
from services.intake.open311.parameters import Parameters
from services.intake.open311.reporting import read_report
from services.intake.submission import Contact, Submission
from shared.errors import Refused
from tests.unit.intake.open311_city import SERVICES

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
WIB = ZoneInfo("Asia/Jakarta")
GOOD = {"service_code": "sampah", "description": "Sampah numpuk", "lat": "-6.884", "long": "107.5412"}


def report(*more: tuple[str, str], **changes: str) -> Submission:
    pairs = [*{**GOOD, **changes}.items(), *more]
    return read_report(Parameters.of(pairs), SERVICES, account="v2")[0]


def refused(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def wanted(**given: str) -> Wanted:
    return read_wanted(Parameters.of(given.items()), SERVICES, now=NOW, zone=WIB)


@pytest.mark.parametrize(
    ("path", "resource", "name", "format_"),
    [
        ("discovery.json", "discovery", "", "json"),
        ("v2/discovery.xml", "discovery", "", "xml"),
        ("v2/services.XML", "services", "", "xml"),
        ("v2/services/lampu.json", "services/*", "lampu", "json"),
        ("v2/requests/CMH-1.2.json", "requests/*", "CMH-1.2", "json"),
        ("v2/tokens/x.json", "tokens/*", "x", "json"),
    ],
)
def test_addresses(path: str, resource: str, name: str, format_: str) -> None:
    address = read_address(path)
    assert (address.resource, address.name, address.format) == (resource, name, format_)
    assert ("POST" in address.methods) == (resource == "requests")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("v2/requests", 406), ("v2/requests.html", 406), ("v2/services/lampu", 406), ("v2/requests.", 406),
        ("discovery.yaml", 406), ("v2/nothing.json", 404), ("v1/services.json", 404), ("v2/services/.json", 404),
        ("v2/services/a/b.json", 404), ("v2/requests.json/", 406), (".json", 404),
    ],
)  # fmt: skip
def test_addresses_of_nothing(path: str, status: int) -> None:
    assert refused(read_address, path).status == status


def test_errors_are_written_in_the_format_that_was_asked_for() -> None:
    assert (format_of("/x/y.xml"), format_of("/x/y.json"), format_of("/x/y"), format_of("")) == (
        "xml", "json", "json", "json",
    )  # fmt: skip


def test_a_report_becomes_a_submission() -> None:
    found = report(
        address_string="Jl. Mawar 3,\nCibeber", address_id="A7", email="siti@contoh.id", phone="081234567890",
        first_name="Siti", last_name="Aminah", account_id="7", device_id="d",
    )  # fmt: skip
    assert found.text == "Sampah numpuk"
    assert found.channel == "open311"
    assert found.external_refs == {"open311_service": "sampah"}
    assert found.place.detail == "Jl. Mawar 3, Cibeber; nomor alamat A7; koordinat -6.884000, 107.541200"
    assert found.contact == Contact("siti@contoh.id", "081234567890", "Siti Aminah")
    assert (found.sender, found.flags, found.identity) == ("account_id:7", (), "anonymous")


def test_empty_parameters_count_as_not_given() -> None:
    assert report(email=" ", account_id="", device_id="x", media_url="", address_string="\x00") == report(device_id="x")


@pytest.mark.parametrize("given", [{"address_string": "Jl. Mawar"}, {"address_id": "7"}])
def test_any_of_the_three_places_will_do(given: dict[str, str]) -> None:
    assert report(lat="", long="", **given).place.detail


def test_a_position_outside_the_city_is_flagged() -> None:
    assert report(lat="0", long="0").flags == ("position_outside",)


def test_answers_and_a_photo_stand_below_the_description() -> None:
    found = report(
        ("attribute[gejala][]", "b"), ("attribute[gejala][]", "m"), ("attribute[unknown]", "x"),
        service_code="lampu", media_url="https://contoh.id/a.jpg", **{
            "attribute[jumlah]": "3", "attribute[sejak]": "2026-11-20", "attribute[warna]": "k",
            "attribute[tiang]": "<b>12</b>\x00",
        },
    )  # fmt: skip
    assert found.text == (
        "Sampah numpuk\n\nNomor tiang: <b>12</b>\nJumlah: 3\nSejak: 2026-11-20\nWarna: kuning\n"
        "Gejala: berkedip, mati\nFoto: https://contoh.id/a.jpg"
    )
    assert found.flags == ("photo_link",)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service_code": ""}, "service_code"),
        ({"description": ""}, "description"),
        ({"description": "\x00 \u0085"}, "description"),
        ({"lat": "", "long": ""}, "address_string"),
        ({"lat": ""}, "lat"),
        ({"long": ""}, "long"),
        ({"lat": "90.1"}, "lat"),
        ({"lat": "-6,88"}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"lat": "1e1"}, "lat"),
        ({"lat": "٦"}, "lat"),
        ({"long": "-180.5"}, "long"),
        ({"long": "9" * 400}, "long"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
        ({"media_url": "https://a b"}, "media_url"),
        ({"media_url": "https://a/" + "x" * 1000}, "media_url"),
        ({"address_string": "x" * 401}, "address_string"),
        ({"account_id": "x" * 101}, "account_id"),
        ({"service_code": "lampu"}, "attribute[jumlah]"),
        ({"service_code": "lampu", "attribute[jumlah]": "tiga"}, "attribute[jumlah]"),
        ({"service_code": "lampu", "attribute[jumlah]": "3", "attribute[sejak]": "kemarin"}, "attribute[sejak]"),
        ({"service_code": "lampu", "attribute[jumlah]": "3", "attribute[warna]": "x"}, "attribute[warna]"),
        ({"service_code": "lampu", "attribute[jumlah]": "3", "attribute[tiang]": "x" * 301}, "attribute[tiang]"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_report(changes: dict[str, str], field: str) -> None:
    error = refused(report, **changes)
    assert (error.status, list(error.fields)) == (400, [field])


def test_everything_wrong_is_said_at_once() -> None:
    assert set(refused(report, lat="x", long="y", description="", email="x" * 500).fields) == {
        "lat", "long", "description", "email",
    }  # fmt: skip


def test_an_unknown_service_is_not_found() -> None:
    assert refused(report, service_code="LAMPU").status == 404
    assert refused(wanted, service_code="sampah,lainnya").status == 404


def test_one_parameter_with_two_values_is_a_problem_and_twice_the_same_is_none() -> None:
    assert report(("lat", GOOD["lat"])) == report()
    assert list(refused(report, ("lat", "-6.9")).fields) == ["lat"]
    twice = (("attribute[jumlah]", "4"),)
    error = refused(report, *twice, service_code="lampu", **{"attribute[jumlah]": "3"})
    assert list(error.fields) == ["attribute[jumlah]"]


def test_the_list_is_of_the_latest_90_days_unless_it_says_otherwise() -> None:
    assert wanted() == Wanted((), NOW - timedelta(days=90), NOW, (), (), 1, MOST_ROWS)
    assert wanted(start_date="2026-01-01T00:00:00Z").until == datetime(2026, 4, 1, tzinfo=UTC)
    assert wanted(end_date="2026-04-01T07:00:00+07:00").since == datetime(2026, 1, 1, tzinfo=UTC)
    assert wanted(start_date="2026-01-01").since == datetime(2026, 1, 1, tzinfo=WIB)
    assert wanted(start_date="2026-01-01T00:00:00.123456789 07:00").since is not None, "a plus that became a blank"


def test_filters_and_pages() -> None:
    found = wanted(status="open,closed,OPEN", service_code="lampu, sampah", page="3", page_size="50")
    assert (found.statuses, found.services, found.page, found.page_size) == (
        ("open", "closed"), ("lampu", "sampah"), 3, 50,
    )  # fmt: skip
    assert wanted(page_size="999999").page_size == MOST_ROWS


def test_numbers_override_everything_else() -> None:
    assert wanted(service_request_id="a, b,,a", start_date="rubbish", status="x") == Wanted(ids=("a", "b"))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"start_date": "24-11-2026"}, "start_date"),
        ({"start_date": "2026-11-24T00:00:00"}, "start_date"),
        ({"start_date": "2026-13-01T00:00:00Z"}, "start_date"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"end_date": "0001-01-01T00:00:00+14:00"}, "end_date"),
        ({"end_date": "9999-12-31T23:59:59-14:00"}, "end_date"),
        ({"start_date": "2026-11-24T00:00:00+99:99"}, "start_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-04-02"}, "end_date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "end_date"),
        ({"status": "pending"}, "status"),
        ({"page": "0"}, "page"),
        ({"page_size": "-1"}, "page_size"),
        ({"page": "x"}, "page"),
        ({"service_request_id": ",".join(map(str, range(101)))}, "service_request_id"),
        ({"service_request_id": "x" * 30_000}, "service_request_id"),
    ],
)
def test_what_is_wrong_with_a_listing(given: dict[str, str], field: str) -> None:
    error = refused(wanted, **given)
    assert (error.status, list(error.fields)) == (400, [field])
