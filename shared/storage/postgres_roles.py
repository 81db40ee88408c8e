"""Roles and schemas on PostgreSQL: for each service an owner (DDL) and a user with DML rights in its own schema only.

Idempotent, also on a volume that exists: passwords are set anew, rights are granted anew.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url

from shared.errors import ConfigError
from shared.logins import other_user


def ensure_service(connection: Connection, service: str, service_url: str) -> tuple[str, str]:
    """Creates owner role, user role and schema of one service; returns (owner, schema). Needs a superuser."""
    url = make_url(service_url)
    user, owner = _checked_name(url, service), f"{service}_owner"
    _ensure_role(connection, owner, "NOLOGIN")
    _ensure_role(connection, user, "LOGIN")
    connection.exec_driver_sql(f'ALTER ROLE "{user}" LOGIN')  # it may have been closed when it was exchanged before
    if url.password:
        quoted = connection.execute(text("SELECT quote_literal(:p)"), {"p": url.password}).scalar_one()
        connection.exec_driver_sql(f'ALTER ROLE "{user}" PASSWORD {str(quoted).replace("%", "%%")}')
    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{owner}"')
    connection.exec_driver_sql(f'REVOKE ALL ON SCHEMA "{service}" FROM PUBLIC')
    connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA "{service}" TO "{user}"')
    connection.exec_driver_sql(f'ALTER ROLE "{user}" IN DATABASE "{url.database}" SET search_path = "{service}"')
    for objects, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
        connection.exec_driver_sql(f'GRANT {rights} ON ALL {objects} IN SCHEMA "{service}" TO "{user}"')
        connection.exec_driver_sql(
            f'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA "{service}" GRANT {rights} ON {objects} TO "{user}"'
        )
    return owner, service


def close_other_user(connection: Connection, service: str, service_url: str) -> str:
    """Closes the service's other user (logins.py), with what it is connected by; its name, empty when there is none.

    Needs a superuser.
    """
    other = other_user(_checked_name(make_url(service_url), service))
    known = text("SELECT 1 FROM pg_roles WHERE rolname = :role AND rolcanlogin")
    if connection.execute(known, {"role": other}).first() is None:
        return ""
    connection.exec_driver_sql(f'ALTER ROLE "{other}" NOLOGIN PASSWORD NULL')
    connection.execute(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role"), {"role": other}
    )
    return other


APPEND_ONLY = ("audit", "audit_seals", "audit_heads")


def protect(connection: Connection, service: str, user: str) -> None:
    """Audit rows and their seals are append-only for the service itself; which migrations ran is only for it to read.

    A service has those of the tables that it has.
    """
    for table in APPEND_ONLY:
        if connection.execute(text("SELECT to_regclass(:name)"), {"name": f'"{service}".{table}'}).scalar():
            connection.exec_driver_sql(f'REVOKE UPDATE, DELETE ON "{service}".{table} FROM "{user}"')
    connection.exec_driver_sql(f'REVOKE INSERT, UPDATE, DELETE ON "{service}".alembic_version FROM "{user}"')


def _ensure_role(connection: Connection, role: str, login: str) -> None:
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
    if known is None:
        connection.exec_driver_sql(f'CREATE ROLE "{role}" {login}')


def _checked_name(url: URL, service: str) -> str:
    name = url.username or ""
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise ConfigError(f"the database URL of {service} must name a user of letters, digits and _ (not {name!r})")
    return name
