"""A real PostgreSQL server of the tests' own: private data and port, loopback TCP only, passwords checked.

Works for root (the server then runs as the user `postgres`, since it refuses root) and for ordinary users.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
from glob import glob
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from tests.support.eventually import eventually
from tests.support.folders import open_folder, remove_folder
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.processes import Process

ADMIN = "postgres"
SERVER_USER = "postgres"
START_SECONDS = 30
STOP_SECONDS = 30
ANSWER_SECONDS = 5

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# Commits still reach the kernel before they are answered, so `kill9` loses none; only a machine that falls would.
# `synchronous_commit=off` is not among them: with it a killed server forgets what it had confirmed.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


def program_folder() -> Path:
    """The newest PostgreSQL's programs. Raises NotInstalled."""
    packaged = [Path(match).parent for match in glob("/usr/lib/postgresql/*/bin/initdb")]
    if packaged:
        return max(packaged, key=lambda folder: [int(part) for part in folder.parent.name.split(".")])
    others = [*glob("/usr/pgsql-*/bin/initdb"), *glob("/usr/local/pgsql/bin/initdb"), shutil.which("initdb")]
    for other in others:
        if other and Path(other).with_name("postgres").exists():
            return Path(other).parent
    raise NotInstalled("PostgreSQL is not installed: apt-get install postgresql")


class PostgresServer:
    """One server; `start` it, `close` it at the end (or use it as a context manager).

    Databases survive `stop`, `kill9` and `restart`; `close` removes them. Roles belong to the server, not
    to a database.
    """

    def __init__(self, *, durable: bool = False, settings: dict[str, str] | None = None) -> None:
        """`durable`: sync to disk as in production (slower, for measuring). Raises NotInstalled."""
        self.programs = program_folder()
        self.folder = open_folder("tanggap-postgres-")
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self._data = self.folder / "data"
        chosen = SETTINGS | ({} if durable else NOT_DURABLE) | (settings or {})
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        self.server = Process(
            [*_as_server_user(), *command],
            log=self.folder / "postgres.log",
            env=self._environment(),
            cwd=self.folder,
            name="postgres",
        )

    def start(self) -> Self:
        """Return once it takes logins, on the data it had or new ones; after a kill9, recovered."""
        self.server.kill9()
        if not self._data.exists():
            self._create_data()
        self.server.start()
        eventually(self._answers, START_SECONDS, every=0.02, describe=self.tail)
        return self

    def stop(self) -> None:
        """An orderly stop that cuts clients off (SIGINT, "fast shutdown")."""
        self.server.interrupt(STOP_SECONDS)

    def kill9(self) -> None:
        """SIGKILL to the server and all its backends, at one moment."""
        self.server.kill9()

    def restart(self) -> None:
        """An orderly stop, if it runs, and a start on the same data."""
        if self.server.alive:
            self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it with its backends: connections stay, nothing is answered."""
        self.server.pause()

    def resume(self) -> None:
        self.server.resume()

    def heal(self) -> None:
        """Make it usable again whatever a test did to it: thawed and running."""
        if self.server.paused:
            self.resume()
        if not self.server.alive:
            self.start()

    def close(self) -> None:
        """End it and remove its data."""
        with contextlib.suppress(TimeoutError):
            if self.server.alive:
                self.stop()  # as quick as a kill, and leaves no shared memory segment behind
        self.server.kill9()
        remove_folder(self.folder)

    def admin_url(self, database: str = "postgres") -> str:
        """For SQLAlchemy with psycopg 3, as the superuser."""
        return self.url(ADMIN, self.password, database)

    def url(self, user: str, password: str, database: str) -> str:
        """For SQLAlchemy with psycopg 3; user and password without characters that a URL would need escaped."""
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """The tests' own view into it: an autocommit connection as the superuser."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMIN,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=ANSWER_SECONDS,
        )

    def create_database(self, name: str) -> str:
        """An empty one in UTF-8; returns the superuser's URL of it."""
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return self.admin_url(name)

    def drop_database(self, name: str) -> None:
        """Gone if it was there; whoever is connected to it is cut off."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def roles(self) -> set[str]:
        with self.connect() as connection:
            return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}

    def drop_roles(self, names: set[str]) -> None:
        """Roles that own nothing any more, as after their database was dropped."""
        for name in sorted(names):
            self._run(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))

    def tail(self, n: int = 40) -> str:
        return self.server.tail(n)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        assert self.server.alive, "the server has ended"
        self.connect().close()
        return True

    def _create_data(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if _as_server_user():
            for path in (self.folder, password_file):
                shutil.chown(path, SERVER_USER)
        options = [
            "-U",
            ADMIN,
            "-A",
            "scram-sha-256",
            "--pwfile",
            password_file,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        command = [*_as_server_user(), self.programs / "initdb", "-D", self._data, *options]
        done = subprocess.run(command, cwd=self.folder, env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"initdb: {done.returncode}\n{done.stdout}{done.stderr}"
        password_file.unlink()

    def _environment(self) -> dict[str, str]:
        """Without PG* variables meant for some other server."""
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _as_server_user() -> list[str]:
    """Words to put before a command, empty for ordinary users. Raises NotInstalled."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise NotInstalled("root needs a user `postgres` to run PostgreSQL: apt-get install postgresql") from None
    return ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--init-groups"]
