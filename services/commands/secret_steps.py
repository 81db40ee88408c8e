"""`tanggap secrets add | use | retire | undo | forget | status`: exchanging a secret while everything runs."""

from __future__ import annotations

import secrets as randomness
from pathlib import Path
from typing import Any, TypeVar

import click

from services.commands.rendering import age_at, console, print_json, table
from services.commands.secret_exchange import ADD, RETIRE, USE, Secret, turn_of
from services.commands.secret_files import following
from services.commands.secret_folder import SecretFolder, write_whole
from services.commands.secret_kinds import Kind
from services.commands.secret_telling import next_of, pauses_after, stands
from services.operations.sealed_proof import check_proof
from shared.clock import SystemClock
from shared.keyring import values_of

_BYTES = 36
F = TypeVar("F")


def folder_option(command: F) -> F:
    option = click.option(
        "--folder", type=click.Path(path_type=Path), default=Path("secrets"), help="Default: secrets."
    )
    return option(command)  # type: ignore[type-var]


@click.command()
@click.argument("name")
@click.pass_obj
def add(options: dict[str, Any], name: str) -> None:
    """First step: a new value of NAME, accepted beside the one that is used."""
    _tell(_step(options, name, ADD))


@click.command()
@click.argument("name")
@click.pass_obj
def use(options: dict[str, Any], name: str) -> None:
    """Second step, when every process knows the new value of NAME: it is used, the old one is still accepted."""
    _tell(_step(options, name, USE))


@click.command()
@click.argument("name")
@click.option("--resealed", default="", metavar="PROOF", help="What `tanggap reseal` printed at its end.")
@click.pass_obj
def retire(options: dict[str, Any], name: str, resealed: str) -> None:
    """Last step, when nobody shows the old value of NAME any more: it is no longer accepted.

    A value that seals what is stored goes only with the proof that nothing is sealed with it any more.
    """
    secret = _folder(options).secret(name)
    if secret.kind.kind == Kind.SEALING and secret.stage == USE:
        check_proof(resealed, name, values_of(secret.content), SystemClock().now())
    _tell(_step(options, name, RETIRE))


@click.command()
@click.argument("name")
@click.pass_obj
def undo(options: dict[str, Any], name: str) -> None:
    """Take the last step of NAME's exchange back."""
    folder = _folder(options)
    before = folder.secret(name).stage
    secret = folder.undo(name)
    _follow(folder)
    click.echo(f"{name}: `{before}` is taken back: {stands(secret)}")
    if secret.kind.used_by and (secret.kind.kind != Kind.LOGIN or before == USE):
        click.echo(f"  replace, one by one: deploy/replace.sh {' '.join(secret.kind.used_by)}")
    for line in next_of(secret)[-1:]:
        click.echo(f"  {line}")


@click.command()
@click.argument("name")
@click.option("--as-it-is", is_flag=True, help="End an exchange that was changed by hand; the file stays as it is.")
@click.pass_obj
def forget(options: dict[str, Any], name: str, as_it_is: bool) -> None:
    """End NAME's exchange: what it took away is removed for good, and cannot come back by `undo`."""
    folder = _folder(options)
    folder.forget(name, as_it_is=as_it_is)
    _follow(folder)
    click.echo(f"{name}: the exchange is over")


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--script", is_flag=True, help="A line each: name, kind, step, next step, after which to pause, whom to replace."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def status(options: dict[str, Any], names: tuple[str, ...], script: bool, as_json: bool) -> None:
    """Where each secret stands (or NAMES), how long it has been used, and what to do next. No value is shown."""
    folder, now = _folder(options), SystemClock().now()
    found = [(folder.secret(name), folder.used_since(name)) for name in names or folder.names()]
    if script:
        for one, _ in found:
            parts = (
                one.kind.name,
                one.kind.kind,
                one.stage,
                turn_of(one),
                pauses_after(one),
                " ".join(one.kind.used_by),
            )
            click.echo("\t".join(part or "-" for part in parts))
        return
    if as_json:
        print_json({"secrets": [
            {"name": one.kind.name, "stage": one.stage, "stands": stands(one), "used_since": since.isoformat(),
             "replace": list(one.kind.used_by), "next": next_of(one)} for one, since in found
        ]})  # fmt: skip
        return
    shown = table("Secret", "Used for", "Stands")
    for one, since in found:
        shown.add_row(one.kind.name, age_at(since, now) if one.content else "-", stands(one))
    console().print(shown)
    for one, _ in found:
        if one.stage:
            click.echo(f"{one.kind.name}:")
            for line in next_of(one):
                click.echo(f"  {line}")


EXCHANGING = (add, use, retire, undo, forget, status)


def _folder(options: dict[str, Any]) -> SecretFolder:
    return SecretFolder(options["secrets"])


def _step(options: dict[str, Any], name: str, step: str) -> Secret:
    folder = _folder(options)
    secret = folder.step(name, step, SystemClock().now(), lambda: randomness.token_urlsafe(_BYTES))
    _follow(folder)
    return secret


def _follow(folder: SecretFolder) -> None:
    """What servers are told follows the addresses."""
    kept = {path.name: path.read_text(encoding="utf-8").strip() for path in folder.files()}
    for name, content in following(kept, randomness.token_bytes, folder.beside()).items():
        write_whole(folder.path / name, content + "\n")


def _tell(secret: Secret) -> None:
    click.echo(f"{secret.kind.name}: {stands(secret)}")
    for line in next_of(secret):
        click.echo(f"  {line}")
