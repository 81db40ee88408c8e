"""`tanggap people` as an operator types it."""

from pathlib import Path

from sqlalchemy import select

from services.composition import migrations_of
from services.desk.directory import repository as repository_agencies
from services.desk.directory.agencies import entry_of
from services.desk.people import repository as accounts
from services.desk.people.person import Person
from services.desk.tables import audit, recovery_codes
from shared.city import Agency
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.operations.shell import PACK, SECRETS, Shell

KNOWN = ("people", "add", "lurah.baros", "--name", "Lurah", "--role", "head", "--password", "kucing-makan-ikan")


def test_a_head_of_one_place_is_added_and_what_cannot_be_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(database.engine, migrations_of("desk"))
    with database.write() as tx:
        for agency in (
            Agency("KELURAHAN", "Kantor Kelurahan", "internal", places="kelurahan"),
            Agency("DLH", "Dinas", "internal"),
        ):
            repository_agencies.add(tx, entry_of(agency))
    shell = Shell({"TANGGAP_DATA": str(tmp_path), **SECRETS})
    for given, told in (
        (("--agency", "KELURAHAN"), "sebutkan yang mana"),
        (("--agency", "KELURAHAN", "--place", "Atlantis"), "no kelurahan Atlantis"),
        (("--agency", "DLH", "--place", "Baros"), "one office for the whole city"),
        (("--agency", "NOWHERE"), "tidak ada di direktori"),
    ):
        said = shell.run("--pack", PACK, *KNOWN, *given)
        assert said.code in (1, 2), said.out
        assert told in said.err, said.err
    said = shell.run("--pack", PACK, *KNOWN, "--agency", "KELURAHAN", "--place", "Baros")
    assert said.code == 0, said.err
    with database.read() as connection:
        row = accounts.person_row(connection, "lurah.baros")
    assert row is not None
    assert accounts.person_of(row) == Person("lurah.baros", "Lurah", "head", "KELURAHAN", kelurahan="Baros")
    database.close()


def test_an_address_is_kept_and_a_lost_second_factor_is_taken_away_with_a_reason(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(database.engine, migrations_of("desk"))
    shell = Shell({"TANGGAP_DATA": str(tmp_path), **SECRETS})
    add = ("people", "add", "ibu.rina", "--name", "Rina", "--role", "coordinator", "--password", "kucing-makan-ikan")
    assert "satu alamat surel" in shell.run("--pack", PACK, *add, "--email", "bukan alamat").err
    assert shell.run("--pack", PACK, *add, "--email", "Ibu.Rina@kota.example").code == 0
    with database.write() as tx:
        accounts.change_person(tx, "ibu.rina", second_sealed="s", second_step=1)
        tx.execute(recovery_codes.insert(), {"login": "ibu.rina", "code_hash": "h"})
        accounts.open_session(tx, "t", "ibu.rina", tx.execute(select(audit.c.at)).scalar_one())
    for login, reason, code in (("siapa", "hilang", 1), ("ibu.rina", " ", 2), ("ibu.rina", "telepon hilang", 0)):
        assert shell.run("--pack", PACK, "people", "reset-second", login, "--reason", reason).code == code
    with database.read() as connection:
        row = accounts.person_row(connection, "ibu.rina")
        assert row is not None
        assert (row["email"], row["second_sealed"], row["second_step"]) == ("ibu.rina@kota.example", None, None)
        assert connection.execute(select(recovery_codes)).all() == []
        assert accounts.session_row(connection, "t") is None
        told = select(audit.c.reason).where(audit.c.act == "person.second.reset")
        assert connection.execute(told).scalars().all() == ["telepon hilang"]
    database.close()
