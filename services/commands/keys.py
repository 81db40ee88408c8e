"""`tanggap keys`: keys of partner systems for the JSON API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option, json_option
from services.commands.intake_access import opened_intake
from services.commands.rendering import age_at, console, print_json, table
from services.intake.api.keys import USUAL_PER_MINUTE, ApiKey, ApiKeys, Scope
from services.operations.letters import operator
from shared.clock import SystemClock
from shared.errors import Refused


@click.group()
def keys() -> None:
    """Keys of partner systems for the JSON API."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([str(one) for one in Scope]))
@click.option("--per-minute", default=USUAL_PER_MINUTE, show_default=True, help="Requests a minute, at most.")
@data_option
@click.pass_obj
def issue(options: dict[str, Any], name: str, scopes: tuple[str, ...], per_minute: int, data: Path | None) -> None:
    """Issue a key called NAME. It is shown once and kept nowhere: hand it over on a safe way."""
    with _keys(options, data) as kept:
        try:
            whole = kept.issue(name, [Scope(one) for one in scopes], per_minute=per_minute, by=operator())
        except Refused as error:
            raise click.ClickException(error.message) from error
    click.echo(whole)
    click.echo(f"Authorization: Bearer {whole.rpartition('_')[0]}_…  ({', '.join(scopes)})", err=True)


@keys.command("list")
@data_option
@json_option
@click.pass_obj
def list_keys(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """List all keys, those that were revoked too."""
    with _keys(options, data) as kept:
        found = kept.every()
    if as_json:
        print_json({"keys": [_as_json(one) for one in found]})
    elif not found:
        click.echo("no key was issued yet: tanggap keys issue NAME --scope complaints:write")
    else:
        shown, now = table("Name", "Id", "May", "A minute", "Issued", "By", "Revoked"), SystemClock().now()
        for one in found:
            revoked = age_at(one.revoked_at, now) if one.revoked_at else "-"
            shown.add_row(
                one.name, one.key_id, ", ".join(one.scopes), str(one.per_minute), age_at(one.issued_at, now),
                one.issued_by, revoked,
            )  # fmt: skip
        console().print(shown)


def _as_json(key: ApiKey) -> dict[str, Any]:
    revoked = key.revoked_at.isoformat() if key.revoked_at else None
    return {**asdict(key), "issued_at": key.issued_at.isoformat(), "revoked_at": revoked}


@keys.command()
@click.argument("name")
@data_option
@click.pass_obj
def revoke(options: dict[str, Any], name: str, data: Path | None) -> None:
    """Revoke the key NAME, at once and for ever; what was sent with it stays."""
    with _keys(options, data) as kept:
        if not kept.revoke(name, by=operator()):
            raise click.ClickException(f"no key named {name} is in force; `tanggap keys list` shows them")
    click.echo(f"{name} is revoked")


@contextmanager
def _keys(options: dict[str, Any], data: Path | None) -> Iterator[ApiKeys]:
    with opened_intake(options, data) as (_, database):
        yield ApiKeys(database, SystemClock())
