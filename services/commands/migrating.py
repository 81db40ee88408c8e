"""`tanggap migrate`: databases, roles, schemas and the broker's topology, under an administrator's rights."""

from __future__ import annotations

from collections.abc import Mapping

import click
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from services.composition import OWNERS, migrations_of
from shared.config import Environment, database_url
from shared.errors import ConfigError, Transient
from shared.messaging.topology import TOPOLOGY
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from shared.storage.postgres_roles import close_other_user, ensure_service, protect

_LOCK_NUMBER = 5_417_200  # roles are global to a server: two migrations at once take turns


def migrate(mapping: Mapping[str, str]) -> None:
    """Idempotent; also right on databases and brokers that exist already."""
    env = Environment(mapping)
    admin_url = env.text("TANGGAP_ADMIN_DATABASE_URL")
    broker_url = env.text("TANGGAP_ADMIN_BROKER_URL") or env.text("TANGGAP_BROKER_URL")
    urls = {owner: database_url(env, owner) for owner in OWNERS}
    env.check()
    for owner in OWNERS:
        applied = (
            _migrate_postgres(owner, urls[owner], admin_url) if _is_postgres(urls[owner]) else _sqlite(owner, urls)
        )
        click.echo(f"{owner}: {'applied ' + ', '.join(applied) if applied else 'up to date'}")
    if broker_url:
        from shared.messaging.kombu_broker import declare_topology

        declare_topology(broker_url, TOPOLOGY)
        click.echo(f"broker: {len(TOPOLOGY.queues)} queues and their dead queues are there")


def close_other_users(mapping: Mapping[str, str]) -> None:
    """After an exchange: whoever still comes with a service's user of before is sent away, and let in no more."""
    env = Environment(mapping)
    admin_url = env.text("TANGGAP_ADMIN_DATABASE_URL")
    urls = {owner: database_url(env, owner) for owner in OWNERS}
    env.check()
    if not admin_url or not all(_is_postgres(url) for url in urls.values()):
        raise ConfigError("closing users needs PostgreSQL and its administrator: TANGGAP_ADMIN_DATABASE_URL")
    for owner, url in urls.items():
        address = make_url(admin_url).set(database=make_url(url).database)
        engine = create_engine(address, isolation_level="AUTOCOMMIT")  # first the door, then who is inside
        try:
            with engine.connect() as connection:
                closed = close_other_user(connection, owner, url)
        finally:
            engine.dispose()
        click.echo(f"{owner}: {f'{closed} is closed' if closed else 'there is no other user'}")


def _migrate_postgres(owner: str, url: str, admin_url: str) -> list[str]:
    if not admin_url:
        raise ConfigError("TANGGAP_ADMIN_DATABASE_URL is not set; creating schemas needs an administrator")
    engine = create_engine(make_url(admin_url).set(database=make_url(url).database))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
            role, schema = ensure_service(connection, owner, url)
        applied = upgrade(engine, migrations_of(owner), owner=role, schema=schema)
        with engine.begin() as connection:
            protect(connection, owner, make_url(url).username or owner)
        return applied
    except OSError as error:
        raise Transient(f"the database server does not answer: {error}") from error
    finally:
        engine.dispose()


def _sqlite(owner: str, urls: dict[str, str]) -> list[str]:
    database = Database(urls[owner])
    try:
        return upgrade(database.engine, migrations_of(owner))
    finally:
        database.close()


def _is_postgres(url: str) -> bool:
    return make_url(url).get_backend_name() == "postgresql"
