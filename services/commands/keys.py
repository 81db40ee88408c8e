"""`tanggap keys`: keys of partner systems for the JSON API."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from services.composition import settings_for
from services.intake.api.keys import USUAL_PER_MINUTE, ApiKeys, Scope
from shared.clock import SystemClock
from shared.errors import Refused
from shared.storage.database import Database


@click.group()
def keys() -> None:
    """Keys of partner systems for the JSON API."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([str(one) for one in Scope]))
@click.option("--per-minute", default=USUAL_PER_MINUTE, show_default=True, help="Requests a minute, at most.")
@click.pass_obj
def issue(options: dict[str, Any], name: str, scopes: tuple[str, ...], per_minute: int) -> None:
    """Issue a key called NAME. It is shown once and kept nowhere: hand it over on a safe way."""
    with _keys(options) as kept:
        try:
            whole = kept.issue(name, [Scope(one) for one in scopes], per_minute=per_minute, by=getpass.getuser())
        except Refused as error:
            raise click.ClickException(error.message) from error
    click.echo(whole)
    click.echo(f"Authorization: Bearer {whole.rpartition('_')[0]}_…  ({', '.join(scopes)})", err=True)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_keys(options: dict[str, Any], as_json: bool) -> None:
    """List all keys, those that were revoked too."""
    with _keys(options) as kept:
        found = kept.every()
    if as_json:
        rows = [{**vars(one), "issued_at": str(one.issued_at), "revoked_at": one.revoked_at and str(one.revoked_at)}
                for one in found]  # fmt: skip
        click.echo(json.dumps(rows, default=str))
        return
    table = Table("name", "id", "may", "a minute", "issued", "by", "revoked")
    for one in found:
        revoked = f"{one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else ""
        table.add_row(
            one.name, one.key_id, ", ".join(one.scopes), str(one.per_minute), f"{one.issued_at:%Y-%m-%d %H:%M}",
            one.issued_by, revoked,
        )  # fmt: skip
    Console().print(table if found else "No key was issued yet: tanggap keys issue NAME --scope complaints:write")


@keys.command()
@click.argument("name")
@click.pass_obj
def revoke(options: dict[str, Any], name: str) -> None:
    """Revoke the key NAME, at once and for ever; what was sent with it stays."""
    with _keys(options) as kept:
        if not kept.revoke(name, by=getpass.getuser()):
            raise click.ClickException(f"no key named {name} is in force; `tanggap keys list` shows them")
    click.echo(f"{name} is revoked")


@contextmanager
def _keys(options: dict[str, Any]) -> Iterator[ApiKeys]:
    database = Database(settings_for("intake", options["environment"]).database_url)
    try:
        yield ApiKeys(database, SystemClock())
    finally:
        database.close()
