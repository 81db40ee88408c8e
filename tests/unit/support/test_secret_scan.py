"""The scan for secrets finds what must not be there, and stays silent where nothing is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.secret_scan import ROOT, files_of_git, find, main

RANDOM = "q8Zr2Lk0vYxT5nWc" + "Hd7sPj3mBf6gUe9a"
PLANTED = {
    "AWS Access Key": "AKIA" + "IOSFODNN7EXAMPL3",
    "GitHub Token": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "Basic Auth Credentials": "smtp://city:" + "Kx7fjw2@mail.city.example:587",
    "Token of Tanggap": "tgk_" + "3fJq8Zr2Lk0vYxT5nWcHd7sPj3mBf6gUe9aQ",
    "Random value": f'TANGGAP_SERVICE_TOKEN="{RANDOM}"',
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found_with_its_line(kind: str) -> None:
    found = list(find(f"one line\nanother\n{PLANTED[kind]}\nlast", "a.py"))
    assert (kind, 3) in {(one.kind, one.line) for one in found}


@pytest.mark.parametrize(
    "text",
    [
        "smtp://USER:PASSWORD@HOST:587",
        'password = "rahasia-panjang-sekali-untuk-uji"',
        'TOKEN = "service-token-service-token-service-token"',
        'key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"',
        "TANGGAP_CONTENT_KEYS_FILE=/run/secrets/content_keys",
    ],
)
def test_what_opens_nothing_is_none(text: str) -> None:
    assert list(find(text)) == []


def test_a_file_is_named_and_its_secret_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted, clean = tmp_path / "settings.env", tmp_path / "clean.txt"
    planted.write_text(f"\n{PLANTED['Random value']}\n")
    clean.write_text("nothing here")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert main([str(path) for path in tmp_path.iterdir()]) == 1
    said = capsys.readouterr().out
    assert f"{planted}:2: Random value" in said
    assert RANDOM not in said
    assert main([str(clean)]) == 0


def test_what_git_would_take_is_looked_at_and_what_it_ignores_is_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, content in ((".gitignore", ".env\n"), (".env", "x"), ("new.py", "x")):
        (tmp_path / name).write_text(content)
    assert {path.name for path in files_of_git(tmp_path)} == {".gitignore", "new.py"}


def test_make_lint_runs_it() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    assert "-m tests.support.secret_scan" in recipe
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.secret_scan", "README.md"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
