"""`tanggap people add` as an operator types it."""

from pathlib import Path

from services.composition import migrations_of
from services.desk.directory import repository as repository_agencies
from services.desk.directory.agencies import entry_of
from services.desk.people import repository as accounts
from services.desk.people.person import Person
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
