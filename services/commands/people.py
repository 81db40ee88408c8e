"""`tanggap people`: accounts of the desk."""

from __future__ import annotations

from typing import Any

import click

from services.composition import settings_for
from services.desk.people.passwords import Passwords
from services.desk.people.person import ROLES
from services.desk.people.sign_in import create_person
from shared.clock import SystemClock
from shared.storage.database import Database


@click.group()
def people() -> None:
    """Accounts of the desk."""


@people.command()
@click.argument("login")
@click.option("--name", required=True, help="Name as colleagues see it.")
@click.option("--role", required=True, type=click.Choice(list(ROLES)))
@click.option("--agency", help="Agency code; officers and heads need one.")
@click.password_option(help="Asked for when not given.")
@click.pass_obj
def add(options: dict[str, Any], login: str, name: str, role: str, agency: str | None, password: str) -> None:
    """Create the account LOGIN."""
    database = Database(settings_for("desk", options["environment"]).database_url)
    create_person(
        database, SystemClock(), Passwords(), login=login, name=name, role=role, agency=agency, password=password
    )
    database.close()
    click.echo(f"{login} can log in at the desk as {role}")
