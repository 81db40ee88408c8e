"""Secrets that do not belong in the repository. `python -m tests.support.secret_scan [FILE…]` names them; 1 when any.

Without files it reads all that Git knows or would take. What keys of others look like (AWS, GitHub, Slack, private
keys and some twenty more) is detect-secrets' knowledge; our own kinds, and long random values beside a telling name,
are added. Its own program reads line by line with every rule, which takes a minute; a pass for each pattern takes
seconds.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import RegexBasedDetector

ROOT = Path(__file__).parents[2]
_NOT_LOOKED_FOR = {
    "Secret Keyword", "Public IP (ipv4)",  # every field of a form, and every address in a test
    "IBM Cloud IAM Key", "IBM COS HMAC Credentials", "Cloudant Credentials", "SoftLayer Credentials",
}  # fmt: skip
_IN_AN_ADDRESS = "Basic Auth Credentials"
_LEAST_BITS_A_SIGN = 3.8
_OURS = {
    "Token of Tanggap": re.compile(r"\btg[kp]_[A-Za-z0-9_-]{30,}"),
    "Random value": re.compile(
        r"(?i)(?:passw(?:or)?d|secret|token|key|pepper)[\w\]\"']{0,20}\s*[:=]\s*[\"']?([A-Za-z0-9+/=_-]{24,200})\b"
    ),
}
PLACEHOLDERS = frozenset(
    {
        "PASSWORD", "{password}", "a%2Fb", "b", "geheim", "guest", "hidden", "p", "p%2Fq%40", "password",
        "password-migrate", "password-operations", "rahasia", "sandi", "secret", "wrong",
    }
)  # fmt: skip
"""What stands as a password in addresses of docs and tests, where it opens nothing or a server of that test only."""
KNOWN = frozenset(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
"""Published: the example of the Standard Webhooks specification."""


@dataclass(frozen=True)
class Found:
    file: str
    line: int
    kind: str


def find(text: str, file: str = "") -> Iterator[Found]:
    """What looks like a secret in there, with the line. The secret itself is not repeated."""
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            if _is_secret(kind, match):
                yield Found(file, text.count("\n", 0, match.start()) + 1, kind)


def scan(files: Iterable[Path]) -> list[Found]:
    """Files that are no text are left out, and so are the locks: they are made of hashes."""
    return [one for path in files if path.suffix != ".lock" for one in find(_text(path), str(path))]


def files_of_git(root: Path = ROOT) -> list[Path]:
    """What is in the repository of `root`, and what the next `git add` would take."""
    asked = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split("\0")
    return [path for name in names if name and (path := root / name).is_file()]


def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    if not _FOREIGN:
        for kind, plugin in get_mapping_from_secret_type_to_class().items():
            if kind not in _NOT_LOOKED_FOR and issubclass(plugin, RegexBasedDetector):
                _FOREIGN.extend((kind, pattern) for pattern in plugin().denylist)
    return [*_FOREIGN, *_OURS.items()]


_FOREIGN: list[tuple[str, re.Pattern[str]]] = []


def _is_secret(kind: str, match: re.Match[str]) -> bool:
    value = match.group(match.lastindex or 0)
    if kind == _IN_AN_ADDRESS:
        return value not in PLACEHOLDERS
    return value not in KNOWN and (kind not in _OURS or _bits_a_sign(value) > _LEAST_BITS_A_SIGN)


def _bits_a_sign(value: str) -> float:
    """Shannon's entropy: about 3 for words and repetitions, above 4 for what a generator made."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def main(names: list[str]) -> int:
    try:
        files = [Path(name) for name in names] or files_of_git()
    except (OSError, subprocess.CalledProcessError):
        print("Git does not tell which files are in the repository: name them, or run this in a clone.")
        return 2
    found = scan(files)
    for one in found:
        print(f"{one.file}:{one.line}: {one.kind}")
    if found:
        print("If one of them opens nothing, write it so that it shows, or name it in tests/support/secret_scan.py.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
