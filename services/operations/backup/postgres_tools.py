"""PostgreSQL's own programs: pg_dump for one schema of a snapshot, pg_restore and psql for the way back."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL, make_url

from services.operations.backup.archive import BackupError

_SETTINGS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "database": "PGDATABASE",
    "username": "PGUSER",
    "password": "PGPASSWORD",
}
_BY_QUERY = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
_LOCK_WAIT = "30s"


def dump_schema(url: str, schema: str, snapshot: str, into: Path) -> None:
    """The schema as the snapshot shows it, compressed. Whoever owns the URL needs no more than to read its tables.

    Raises `BackupError` with what pg_dump said.
    """
    command = [
        _program("pg_dump"), "--format=custom", "--compress=5", f"--schema={schema}", f"--snapshot={snapshot}",
        "--no-password", f"--lock-wait-timeout={_LOCK_WAIT}", "--no-sync", f"--file={into}",
    ]  # fmt: skip
    done = subprocess.run(command, env=_environment(make_url(url)), capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        raise BackupError(f"pg_dump could not dump {schema}: {_last_line(done.stderr)}")


class Load:
    """One transaction of psql. Nothing of it is there unless `commit` returned: whatever ends before, undoes it."""

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        assert process.stdin is not None
        self._process = process
        self._said = said
        self._stdin = process.stdin

    def close(self) -> None:
        """Undoes what was not committed."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._stdin.close()

    def say(self, *statements: str) -> None:
        try:
            self._stdin.write("".join(f"{statement};\n" for statement in statements).encode())
            self._stdin.flush()
        except OSError:
            raise self._failed() from None

    def dump(self, file: IO[bytes], schema: str, role: str) -> None:
        """The objects of the schema and their rows, owned by `role`; the schema itself must be there, and empty."""
        command = [
            _program("pg_restore"), "--no-owner", "--no-acl", f"--schema={schema}", f"--role={role}",
            "--exit-on-error", "--file=-",
        ]  # fmt: skip
        with tempfile.TemporaryFile() as errors:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self._stdin, stderr=errors) as reading:  # noqa: S603
                assert reading.stdin is not None
                with suppress(BrokenPipeError), reading.stdin:
                    shutil.copyfileobj(file, reading.stdin)
            if reading.returncode != 0:
                if self._process.poll() is not None:
                    raise self._failed()
                errors.seek(0)
                raise BackupError(f"pg_restore could not read {schema}: {_last_line(errors.read().decode())}")
        self.say("RESET ROLE")

    def commit(self) -> None:
        self.say("COMMIT")
        self._stdin.close()
        if self._process.wait() != 0:
            raise self._failed()

    def _failed(self) -> BackupError:
        self._process.wait()
        self._said.seek(0)
        return BackupError(f"nothing was restored; PostgreSQL says: {_last_line(self._said.read().decode())}")


@contextmanager
def loading(url: str) -> Iterator[Load]:
    """Raises `BackupError` with what psql said."""
    command = [_program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"]
    environment = {**_environment(make_url(url)), "PGOPTIONS": "-c client_min_messages=warning"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        load = Load(process, said)
        try:
            load.say("BEGIN", "SET LOCAL lock_timeout = '15s'")
            yield load
        finally:
            load.close()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed; it is in the package postgresql-client, of the server's version")
    return found


def _environment(url: URL) -> dict[str, str]:
    """By variables, since other users of the machine can see a command's arguments."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    parts: Mapping[str, object] = {name: getattr(url, name) for name in _SETTINGS}
    own |= {_SETTINGS[name]: str(value) for name, value in parts.items() if value is not None}
    own |= {_BY_QUERY[name]: str(value) for name, value in url.query.items() if name in _BY_QUERY}
    return {**own, "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "tanggap backup"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()] or lines or ["nothing"]
    return told[0][:300]
