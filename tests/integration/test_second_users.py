"""The second user of a service at the database: the same rights, no more, and the first one's door can be shut."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from services.commands.migrating import close_other_users, migrate
from services.composition import OWNERS
from shared.logins import other_user, with_login
from tests.support.postgres import PostgresServer

_GRANTS = """
    SELECT table_name, privilege_type FROM information_schema.role_table_grants
    WHERE grantee = %s AND table_schema = %s ORDER BY 1, 2
"""


@pytest.fixture
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """Roles belong to a server, and others use these names too. The shared one says whether there is any."""
    with PostgresServer() as server:
        yield server


def settings(server: PostgresServer, admin: str, users: dict[str, str]) -> dict[str, str]:
    database = make_url(admin).database or ""
    urls = {owner: server.url(users[owner], f"secret-{users[owner]}", database) for owner in OWNERS}
    return {
        "TANGGAP_ADMIN_DATABASE_URL": admin,
        **{f"TANGGAP_{name.upper()}_DATABASE_URL": urls[name] for name in urls},
    }


def lets_in(url: str) -> bool:
    """Whether a service with that address could work."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM outbox")
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


def test_the_second_user_has_the_rights_of_the_first_and_takes_over(server: PostgresServer) -> None:
    admin = server.create_database("users")
    first = settings(server, admin, {owner: owner for owner in OWNERS})
    second = settings(server, admin, {owner: other_user(owner) for owner in OWNERS})
    migrate(first)
    migrate(second)
    with psycopg.connect(admin.replace("+psycopg", "")) as connection:
        for owner in OWNERS:
            rights = [connection.execute(_GRANTS, (user, owner)).fetchall() for user in (owner, other_user(owner))]
            assert rights[0] == rights[1], "not to be changed: the past of the audit, and which migrations ran"
            assert ("audit", "UPDATE") not in rights[1]
            assert ("complaints", "UPDATE") in rights[1] or owner != "intake"
    urls = [each[f"TANGGAP_{owner.upper()}_DATABASE_URL"] for each in (first, second) for owner in OWNERS]
    assert all(lets_in(url) for url in urls)

    url = first["TANGGAP_ROUTER_DATABASE_URL"]
    with psycopg.connect(url.replace("+psycopg", "")) as left:
        close_other_users(second)
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
    assert [lets_in(url) for url in urls] == [False] * len(OWNERS) + [True] * len(OWNERS)

    migrate(first)  # the exchange is taken back
    assert lets_in(first["TANGGAP_DESK_DATABASE_URL"])
    assert not lets_in(with_login(first["TANGGAP_DESK_DATABASE_URL"], "desk", "wrong"))
