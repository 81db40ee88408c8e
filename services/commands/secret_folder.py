"""A folder of secrets and the note of what is being exchanged in it (`.exchanges.json`).

The note is written before the file that a step changes. So after a power cut the file tells whether the step was
done, and a step that was not is forgotten. The note holds the values that a step took away, until `forget`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.commands.secret_exchange import USE, Secret, Step, is_done, next_step, read
from services.commands.secret_kinds import BY_HAND, EXCHANGEABLE
from shared.errors import ConfigError

NOTE = ".exchanges.json"
_NOTE_MODE = 0o600
# Each container sees only the files given to it, under the number of its own user, which is the image's affair. So the
# files themselves are open, and the folder keeps everybody else on the machine out.
_FILE_MODE = 0o444


@dataclass(frozen=True)
class SecretFolder:
    path: Path

    def files(self) -> list[Path]:
        """Without notes and what a write left that was cut off."""
        return sorted(path for path in self.path.iterdir() if path.is_file() and not path.name.startswith("."))

    def names(self) -> list[str]:
        """Of those that are there and can be exchanged."""
        return [name for name in EXCHANGEABLE if (self.path / name).is_file()]

    def secret(self, name: str) -> Secret:
        """Raises `ConfigError` when there is none, it cannot be exchanged, or it was changed by hand meanwhile."""
        if name in BY_HAND:
            raise ConfigError(f"{name}: {BY_HAND[name]}")
        if name not in EXCHANGEABLE:
            raise ConfigError(f"{name} is no secret that can be exchanged; `tanggap secrets status` lists those")
        return read(EXCHANGEABLE[name], self._content(name), self._steps().get(name, ()))

    def step(self, name: str, step: str, now: datetime, random: Callable[[], str]) -> Secret:
        """Takes the step; the secret as it is then. Raises `ConfigError`."""
        secret = self.secret(name)
        taken = next_step(secret, step, now, random)
        self._note(name, (*secret.steps, taken), self.used_since(name))
        self._write(name, taken.after)
        return self.secret(name)

    def undo(self, name: str) -> Secret:
        """Takes the last step back. Raises `ConfigError` when there is none."""
        secret = self.secret(name)
        if not secret.steps:
            raise ConfigError(f"{name}: no step to take back")
        self._write(name, secret.steps[-1].before)
        self._note(name, secret.steps[:-1])
        return self.secret(name)

    def forget(self, name: str, *, as_it_is: bool = False) -> None:
        """Removes the values that an exchange took away. Raises `ConfigError` when it is not done."""
        if not as_it_is and not is_done(self.secret(name)):
            raise ConfigError(f"{name}: there is no exchange that is done; `tanggap secrets status` says what is next")
        self._note(name, (), self.used_since(name))

    def beside(self) -> dict[str, str]:
        """By name, the address that a server is to know besides the one in the file."""
        return {name: secret.beside for name in self.names() if (secret := self.secret(name)).beside}

    def used_since(self, name: str) -> datetime:
        """When the value that is used was made, as far as is known: at the last `use`, else as old as the file."""
        uses = [step.at for step in self._steps().get(name, ()) if step.name == USE]
        if uses:
            return uses[-1]
        if noted := self._document().get("since", {}).get(name):
            return datetime.fromisoformat(noted)
        return datetime.fromtimestamp((self.path / name).stat().st_mtime).astimezone()

    def _content(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path / name} cannot be read ({type(error).__name__})") from error

    def _write(self, name: str, content: str) -> None:
        """With the rights that the file has."""
        if self._content(name) != content:
            write_whole(self.path / name, content + "\n", (self.path / name).stat().st_mode & 0o777)

    def _steps(self) -> Mapping[str, tuple[Step, ...]]:
        noted = self._document().get("exchanges", {})
        return {name: tuple(_step(one) for one in steps) for name, steps in noted.items()}

    def _note(self, name: str, steps: tuple[Step, ...], since_then: datetime | None = None) -> None:
        """`since_then` is noted while no `use` among the steps tells it."""
        document = self._document()
        exchanges = {**document.get("exchanges", {}), name: [_plain(step) for step in steps]}
        kept = {name: steps for name, steps in exchanges.items() if steps}
        since = document.get("since", {})
        if since_then is not None and not any(step.name == USE for step in steps):
            since = {**since, name: since_then.isoformat()}
        write_whole(self.path / NOTE, json.dumps({"exchanges": kept, "since": since}, indent=1) + "\n", _NOTE_MODE)

    def _document(self) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads((self.path / NOTE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path / NOTE} cannot be read ({type(error).__name__})") from error
        return document


def write_whole(path: Path, content: str, mode: int = _FILE_MODE) -> None:
    """Whole or not at all, also through a power cut; whatever the umask."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(step: Step) -> dict[str, str]:
    return {**asdict(step), "at": step.at.isoformat()}


def _step(plain: Mapping[str, str]) -> Step:
    return Step(**{**plain, "at": datetime.fromisoformat(plain["at"])})  # type: ignore[arg-type]
