"""Filters and pages of an export on PostgreSQL, where JSON is kept otherwise; an entry's number is found there too."""

from dataclasses import replace
from pathlib import Path

from services.desk.assisted.numbers import ticket_with_number
from tests.unit.desk.entering import FakeEntries, entering_desk
from tests.unit.desk.test_export import ALL, case, content, exporter, records, store
from tests.unit.desk.world import psycopg_url


def test_on_postgresql_too(postgres_database: str, tmp_path: Path) -> None:
    with entering_desk(psycopg_url(postgres_database), tmp_path, FakeEntries()) as desk:
        rows = [case(1), case(2, external_refs={"sp4n": "9165816"}), case(3, external_refs={"open311_service": "sp4n"})]
        store(desk, [*rows, case(4, identity="confidential")], [content(2, "Lampu padam.")])
        for number, expected in (("", [1, 2, 3]), ("with", [2]), ("without", [1, 3])):
            wanted = replace(ALL, number=number)
            found = [record["tiket"] for record in records(desk, wanted, page=2)]
            assert found == [f"CMH-{one:06d}" for one in expected]
            assert exporter(desk).count(wanted).count == len(expected)
        assert exporter(desk).count(ALL).withheld == 1
        with desk.database.read() as connection:
            assert ticket_with_number(connection, "# 9165816") == "CMH-000002"
            assert ticket_with_number(connection, "916581") is None
        answer = desk.log_in().post("/enter", text="Lampu", channel="counter", key="k" * 24, office="L", sp4n="12345")
        assert answer.status_code == 200
        answer = desk.log_in().post("/enter", text="Lampu", channel="counter", key="k" * 24, office="L", sp4n="12345")
        assert answer.status_code == 200
