"""`tanggap block`: contacts whose complaints are heard and who get no messages of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option, json_option
from services.commands.intake_access import opened_intake
from services.commands.rendering import age_at, console, print_json, table
from services.intake import repository_guards
from services.intake.contacts import ContactVault
from services.intake.tables import audit
from services.operations.letters import operator
from shared.audit import record_act
from shared.clock import SystemClock
from shared.errors import Refused
from shared.sealing import ContactHasher, Sealer
from shared.storage.database import Database, Transaction

_MOST_REASON = 300


@click.group()
def block() -> None:
    """Contacts who get no messages: what they send is still taken, flagged, and read by a person."""


@block.command()
@click.argument("contact")
@click.option("--reason", required=True, help="Recorded; for whoever looks at the list.")
@data_option
@click.pass_obj
def add(options: dict[str, Any], contact: str, reason: str, data: Path | None) -> None:
    """Block CONTACT, an e-mail address or a telephone number. Only a key of it is kept."""
    if not reason.strip() or len(reason) > _MOST_REASON:
        raise click.UsageError(f"--reason: 1 to {_MOST_REASON} characters")
    with _opened(options, data) as (database, vault):
        key, now = _key(vault, contact), SystemClock().now()
        with database.write() as tx:
            repository_guards.block(tx, key, reason=reason.strip(), by=operator(), at=now)
            _record(tx, "block.add", key, reason.strip())
    click.echo(f"blocked, kept as {key[:12]}")


@block.command()
@click.argument("contact")
@data_option
@click.pass_obj
def remove(options: dict[str, Any], contact: str, data: Path | None) -> None:
    """Let CONTACT get messages again: the address, the number, or the key that `list` shows."""
    with _opened(options, data) as (database, vault), database.write() as tx:
        keys = [row["contact_key"] for row in repository_guards.blocked(tx.connection)]
        short = [key for key in keys if len(contact) >= 8 and key.startswith(contact.lower())]
        wanted = short[0] if len(short) == 1 else _key(vault, contact)
        if wanted not in keys:
            raise click.ClickException("this contact is not blocked; `tanggap block list` shows who is")
        repository_guards.unblock(tx, wanted)
        _record(tx, "block.remove", wanted, "")
    click.echo(f"no longer blocked: {wanted[:12]}")


@block.command("list")
@data_option
@json_option
@click.pass_obj
def list_blocked(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """Who is blocked, why and since when; the contacts themselves are not kept."""
    with _opened(options, data) as (database, _), database.read() as connection:
        found = repository_guards.blocked(connection)
    if as_json:
        print_json({"blocked": [{**row, "since": row["since"].isoformat()} for row in found]})
    elif not found:
        click.echo("nobody is blocked")
    else:
        shown, now = table("Key", "Since", "By", "Why"), SystemClock().now()
        for row in found:
            shown.add_row(row["contact_key"][:12], age_at(row["since"], now), row["blocked_by"], row["reason"])
        console().print(shown)


def _key(vault: ContactVault, contact: str) -> str:
    try:
        return vault.typed(contact).key
    except Refused as error:
        raise click.ClickException(error.message) from error


def _record(tx: Transaction, act: str, key: str, reason: str) -> None:
    at = SystemClock().now()
    record_act(tx, audit, at=at, actor=operator(), role="operator", act=act, subject=key, reason=reason, details={})


@contextmanager
def _opened(options: dict[str, Any], data: Path | None) -> Iterator[tuple[Database, ContactVault]]:
    with opened_intake(options, data) as (settings, database):
        yield database, ContactVault(Sealer(settings.contact_keys), ContactHasher(settings.contact_pepper))
