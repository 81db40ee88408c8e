"""`deploy/rotate.sh` takes the steps in their order, each followed by what has to follow, and goes on where it stopped.

The engine is a stand-in that runs `tanggap secrets` on a folder and writes down whatever else it is asked to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.commands.secret_folder import SecretFolder
from services.commands.secrets import write_secrets
from shared.keyring import values_of
from shared.logins import user_of
from tests.support.system import ROOT

ENGINE = """#!{python}
import json, os, runpy, sys
from datetime import datetime, timezone
sys.path.insert(0, {root!r})
no_matter = ("compose", "--progress", "quiet", "--rm", "--no-TTY", "--quiet", "--no-deps")
args = [one for one in sys.argv[1:] if one not in no_matter]
folder = {folder!r}
if args[:2] == ["run", "secrets"]:
    sys.argv = ["tanggap", "secrets", "--folder", folder, *args[2:]]
    runpy.run_module("services", run_name="__main__")
elif args[:4] == ["run", "--entrypoint", "cat", "secrets"]:
    print(open(os.path.join(folder, os.path.basename(args[4]))).read(), end="")
else:
    with open({log!r}, "a") as log:
        print(*(one for one in args[:6] if "umask" not in one), file=log)
    if args[1:3] == ["operator", "reseal"]:
        from services.operations.sealed_proof import proof_of
        keys = open(os.path.join(folder, args[3])).read().strip().split(",")
        print(json.dumps({{"ok": True, "proof": proof_of(args[3], keys, datetime.now(timezone.utc))}}, indent=2))
"""
REPLACE = """#!/bin/sh
if [ -e {stumble} ]; then rm {stumble}; exit 1; fi
echo "replace $*" >> {log}
"""


class Installation:
    """A folder with the script, its secrets, and the stand-in in the place of docker."""

    def __init__(self, folder: Path) -> None:
        self.folder = SecretFolder(folder / "secrets")
        self._home, self._log, self.stumble = folder, folder / "log", folder / "stumble"
        write_secrets(self.folder.path, {})
        (folder / "deploy").mkdir()
        (folder / "bin").mkdir()
        shutil.copy(ROOT / "deploy/rotate.sh", folder / "deploy/rotate.sh")
        fill = {"python": sys.executable, "root": str(ROOT), "folder": str(self.folder.path), "log": str(self._log)}
        for path, text in ((folder / "bin/docker", ENGINE), (folder / "deploy/replace.sh", REPLACE)):
            path.write_text(text.format(**fill, stumble=self.stumble))
            path.chmod(0o755)

    def rotate(self, *args: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PATH": f"{self._home / 'bin'}:{os.environ['PATH']}"}
        command = [str(self._home / "deploy/rotate.sh"), *args]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)

    def done(self) -> list[str]:
        """What was asked for, but deleting users of which the broker may know nothing."""
        lines = self._log.read_text().splitlines()
        return [line for line in lines if "delete_user" not in line or line.endswith(" router")]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_a_key_that_seals(installation: Installation) -> None:
    before = installation.folder.secret("contact_keys").content
    installation.stumble.touch()
    assert installation.rotate("contact_keys").returncode == 1, "a replacement fails"
    assert installation.folder.secret("contact_keys").stage == "add"
    said = installation.rotate("contact_keys")
    assert said.returncode == 0, said.stderr
    assert "contact_keys is exchanged" in said.stdout
    replaced = "replace intake mail"
    assert installation.done() == [replaced, replaced, "run operator reseal contact_keys --json", replaced]
    (after,) = values_of(installation.folder.secret("contact_keys").content)
    assert after != before
    assert after not in said.stdout + said.stderr


def test_several_at_once_share_their_rounds(installation: Installation) -> None:
    said = installation.rotate("--on", "router_broker_url", "desk_session_key", "admin_database_url")
    assert said.returncode == 0, said.stderr
    told, gone = "exec rabbitmq sh -c", "exec rabbitmq rabbitmqctl delete_user router"
    assert installation.done() == [
        told, "replace desk",
        "exec postgres psql --username postgres --set", "replace router desk",
        told, gone, "replace desk",
    ]  # fmt: skip
    assert user_of(installation.folder.secret("router_broker_url").content) == "router_2"
    assert said.stdout.count("is exchanged") == 3


def test_a_gateway_has_to_be_told(installation: Installation) -> None:
    first = installation.rotate("sms_token")
    assert (first.returncode, "tell the SMS gateway" in first.stdout) == (0, True), first.stdout + first.stderr
    assert len(values_of(installation.folder.secret("sms_token").content)) == 2
    assert installation.rotate("--on", "sms_token").returncode == 0
    assert len(values_of(installation.folder.secret("sms_token").content)) == 1
    assert installation.done() == ["replace intake mail"] * 4, "where it was taken up again, once more"
