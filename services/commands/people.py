"""`tanggap people`: accounts of the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from services.composition import settings_for
from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.staff import places_of
from services.desk.people import repository as accounts
from services.desk.people.adding import create_person
from services.desk.people.passwords import Passwords
from services.desk.people.person import ROLES
from services.desk.people.second_factor import clear
from services.operations.letters import operator
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.errors import Refused
from shared.storage.database import Database


@click.group()
def people() -> None:
    """Accounts of the desk. Those of an agency can be added on its page there as well."""


@people.command()
@click.argument("login")
@click.option("--name", required=True, help="Name as colleagues see it.")
@click.option("--role", required=True, type=click.Choice(list(ROLES)))
@click.option("--agency", help="Agency code; officers and heads need one.")
@click.option("--place", help="Where the office is, when every kelurahan or kecamatan has one of this agency.")
@click.option("--confidential", is_flag=True, help="An officer who is named for confidential cases.")
@click.option("--email", default="", help="Where a link goes when the password is forgotten.")
@click.password_option(help="Asked for when not given.")
@click.pass_obj
def add(
    options: dict[str, Any], login: str, name: str, role: str, agency: str | None, place: str | None,
    confidential: bool, email: str, password: str,
) -> None:  # fmt: skip
    """Create the account LOGIN."""
    database = Database(settings_for("desk", options["environment"]).database_url)
    try:
        if place and agency:
            _check_place(database, Path(options["pack"]), agency, place)
        create_person(
            database, SystemClock(), Passwords(), login=login, name=name, role=role, agency=agency, place=place,
            confidential=confidential, email=email, password=password,
        )  # fmt: skip
    except Refused as error:
        told = "\n".join(f"  {field}: {sentence}" for field, sentence in error.fields.items())
        raise click.ClickException(f"{error.message}\n{told}" if told else error.message) from None
    finally:
        database.close()
    click.echo(f"{login} can log in at the desk as {role}")


@people.command("reset-second")
@click.argument("login")
@click.option("--reason", required=True, help="Why; it is written down with your name.")
@click.pass_obj
def reset_second(options: dict[str, Any], login: str, reason: str) -> None:
    """Take away the second factor of LOGIN, who lost it; the sessions end."""
    if not reason.strip():
        raise click.UsageError("--reason: say why")
    database = Database(settings_for("desk", options["environment"]).database_url)
    try:
        with database.write() as tx:
            accounts.lock_account(tx, login)
            if accounts.person_row(tx.connection, login) is None:
                raise click.ClickException(f"nobody is called {login}")
            clear(tx, login)
            accounts.close_sessions_of(tx, login)
            timeline.record(
                tx, at=SystemClock().now(), actor=operator(), role="operator", act="person.second.reset",
                subject=login, reason=reason,
            )  # fmt: skip
    finally:
        database.close()
    click.echo(f"{login} logs in with the password alone until a second factor is set up again")


def _check_place(database: Database, pack: Path, agency: str, place: str) -> None:
    with database.read() as connection:
        entry = agencies.one(connection, agency)
    level = entry.places if entry is not None else ""
    if not level:
        raise click.UsageError(f"--place: {agency} has one office for the whole city")
    known = places_of(load_pack(pack), level)
    if place not in known:
        raise click.UsageError(f"--place: no {level} {place}; there are {', '.join(known)}")
