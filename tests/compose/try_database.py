"""Run inside a service's container: attempts on the database with its own credentials, as JSON on stdout.

Arguments: file with the URL, own schema, another's schema.
"""

import json
import sys
from pathlib import Path

import psycopg

url_file, own, foreign = sys.argv[1:]
DSN = Path(url_file).read_text().strip().replace("+psycopg", "")


def outcome(statement: str, dsn: str = DSN) -> str:
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            connection.execute(statement)
            connection.rollback()
        return "allowed"
    except psycopg.Error as error:
        return f"refused: {error.sqlstate or error}"


def one_column(query: str) -> list[str]:
    with psycopg.connect(DSN, connect_timeout=5) as connection:
        return [row[0] for row in connection.execute(query)]


def enter_database(name: str) -> str:
    """A refusal to connect has no state, only words."""
    answer = outcome("SELECT 1", DSN.rpartition("/")[0] + f"/{name}")
    return "refused: 42501" if "permission denied" in answer else answer


STATEMENTS = {
    "read its own": "SELECT count(*) FROM outbox",
    "read another's": f"SELECT * FROM {foreign}.outbox",
    "write another's": f"INSERT INTO {foreign}.audit DEFAULT VALUES",
    "read another's audit": f"SELECT * FROM {foreign}.audit",
    "create a table": "CREATE TABLE mine (x int)",
    "create a table in public": "CREATE TABLE public.mine (x int)",
    "create a temporary table": "CREATE TEMPORARY TABLE mine (x int)",
    "create a schema": "CREATE SCHEMA mine",
    "change a table": "ALTER TABLE outbox ADD COLUMN mine int",
    "drop a table": "DROP TABLE outbox",
    "empty a table at once": "TRUNCATE inbox",
    "pretend another migration": "UPDATE alembic_version SET version_num = 'other'",
    "change the audit": "UPDATE audit SET actor = 'somebody else'",
    "shorten the audit": "DELETE FROM audit",
    "empty the audit": "TRUNCATE audit",
    "act as the owner": f'SET ROLE "{own}_owner"',
    "act as another service": f'SET ROLE "{foreign}"',
    "create a role": "CREATE ROLE mine SUPERUSER",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'id'",
    "read a file": "COPY outbox FROM '/etc/passwd'",
    "read password hashes": "SELECT * FROM pg_authid",
}
outcomes: dict[str, object] = {name: outcome(statement) for name, statement in STATEMENTS.items()}
outcomes["enter the database postgres"] = enter_database("postgres")
outcomes["schemas it may use"] = one_column(
    "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(nspname, 'USAGE') "
    "AND nspname NOT LIKE 'pg_toast%' AND nspname NOT LIKE 'pg_temp%' ORDER BY nspname = current_user, nspname"
)
outcomes["rights it has outside"] = one_column(
    "SELECT DISTINCT table_schema FROM information_schema.table_privileges WHERE grantee = current_user "
    f"AND table_schema <> '{own}'"
)
sys.stdout.write(json.dumps(outcomes))
