#!/usr/bin/env python3
"""Hands an SMS that gammu-smsd received to Tanggap, and the answer back to its sender.

gammu-smsd runs it for each message (`RunOnReceive` in its configuration) and gives it the message in environment
variables. The message is first written to a folder, so that nothing is lost while Tanggap is away; each run, and
`receive.py --flush` from a timer, tries again what lies there. Needs nothing but Python 3.9 and its standard library.

Its own settings stand in `/etc/tanggap-gammu.conf`, or in the file that TANGGAP_GAMMU_CONF names:

    [tanggap]
    url = https://lapor.example/sms/generic
    key_file = /etc/tanggap-gammu.key     (one of TANGGAP_SMS_WEBHOOK_KEYS; readable by gammu's user only)
    spool = /var/spool/tanggap-gammu      (must exist, and belong to gammu's user)
    inject = gammu-smsd-inject TEXT       (what sends an answer; empty: answers are not sent)
"""

import configparser
import datetime
import fcntl
import hashlib
import hmac
import json
import os
import shlex
import subprocess
import sys
import syslog
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CONFIGURATION = "/etc/tanggap-gammu.conf"
ANSWER_SECONDS = 15
LONGEST_RUN_SECONDS = 90  # gammu-smsd waits two minutes for its programs
NOT_TO_BE_SENT_AGAIN = (400, 413, 422)


def main() -> int:
    """0 when nothing is left to be sent, 1 when something waits, 2 when the settings or the folder cannot be used."""
    try:
        settings = read_settings()
        spool = Path(settings["spool"])
        if "--flush" not in sys.argv[1:]:
            message = read_message(os.environ, sys.argv[1:])
            if message is not None:
                keep(spool, message)
        return flush(spool, settings)
    except (OSError, KeyError, configparser.Error) as error:
        tell(syslog.LOG_ERR, f"cannot work: {error!r}")
        return 2


def read_settings() -> Mapping[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    with open(os.environ.get("TANGGAP_GAMMU_CONF", CONFIGURATION), encoding="utf-8") as file:
        parser.read_file(file)
    return parser["tanggap"]


def read_message(environment: Mapping[str, str], identifiers: Sequence[str]) -> "dict[str, Any] | None":
    """One SMS, whatever number of parts it came in. None when gammu gave none (a delivery report, for instance)."""
    count = number_in(environment, "SMS_MESSAGES")
    sender = environment.get("SMS_1_NUMBER", "")
    if count == 0 or not sender:
        return None
    decoded = [environment.get(f"DECODED_{part}_TEXT", "") for part in range(number_in(environment, "DECODED_PARTS"))]
    single = [environment.get(f"SMS_{part}_TEXT", "") for part in range(1, count + 1)]
    phone = environment.get("PHONE_ID", "")
    now = datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017 - Python 3.9
    return {
        "id": ":".join(["gammu", phone, *identifiers]) if identifiers else f"gammu:{uuid.uuid4()}",
        "from": sender,
        "to": phone,
        "text": readable("".join(decoded) or "".join(single)),
        "sent_at": now.isoformat(timespec="seconds"),
    }


def keep(spool: Path, message: Mapping[str, Any]) -> None:
    """When it returns the message is on the disk."""
    name = f"{time.time_ns():020}-{uuid.uuid4().hex}"
    path = spool / f"{name}.new"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(message, file)
        file.flush()
        os.fsync(file.fileno())
    path.rename(spool / f"{name}.json")
    sync_folder(spool)


def flush(spool: Path, settings: Mapping[str, str]) -> int:
    """Sends what lies there, the oldest first, unless another run is at it: then that one does."""
    until = time.monotonic() + LONGEST_RUN_SECONDS
    with open(spool / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 1
        while waiting := sorted(spool.glob("*.json")):
            if time.monotonic() > until or not send(waiting[0], settings):
                return 1
    return 0


def send(path: Path, settings: Mapping[str, str]) -> bool:
    """False when it is to be tried again later."""
    body = path.read_bytes()
    try:
        answer = post(body, settings)
    except urllib.error.HTTPError as error:
        if error.code in NOT_TO_BE_SENT_AGAIN:
            tell(syslog.LOG_ERR, f"{path.name} was not taken ({error.code}) and lies in {path.parent / 'refused'} now")
            (path.parent / "refused").mkdir(exist_ok=True)
            path.rename(path.parent / "refused" / path.name)
            return True
        tell(syslog.LOG_WARNING, f"not taken for the moment: {error.code}")
        return False
    except (OSError, ValueError) as error:
        tell(syslog.LOG_WARNING, f"Tanggap does not answer: {type(error).__name__}")
        return False
    reply(str(json.loads(body)["from"]), str(answer.get("reply") or ""), settings)
    path.unlink()
    sync_folder(path.parent)
    return True


def post(body: bytes, settings: Mapping[str, str]) -> "dict[str, Any]":
    key = Path(settings["key_file"]).read_text(encoding="utf-8").strip().split(",")[0].strip()
    stamp = str(int(time.time()))
    signature = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Tanggap-Timestamp": stamp,
        "X-Tanggap-Signature": f"sha256={signature}",
    }
    if not settings["url"].startswith(("http://", "https://")):
        raise ValueError("url is no web address")
    request = urllib.request.Request(settings["url"], body, headers, method="POST")  # noqa: S310 - checked above
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310
        answer = json.load(response)
    if not isinstance(answer, dict):
        raise ValueError("no answer of Tanggap's")
    return answer


def reply(number: str, text: str, settings: Mapping[str, str]) -> None:
    """An answer that cannot be sent is told to the log; the message itself has arrived."""
    command = shlex.split(settings.get("inject", ""))
    if not text or not command or not number.lstrip("+").isdigit():
        return
    try:
        subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            [*command, number, "-text", text],
            check=True,
            timeout=ANSWER_SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        tell(syslog.LOG_ERR, f"the answer was not sent: {type(error).__name__}")


def readable(text: str) -> str:
    """Environment variables hold bytes: what is no UTF-8 is read as Windows-1252."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def number_in(environment: Mapping[str, str], name: str) -> int:
    value = environment.get(name, "")
    return min(int(value), 255) if value.isascii() and value.isdigit() else 0


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tell(level: int, sentence: str) -> None:
    """gammu-smsd closes all standard files of its programs, so the system's log is told. Never a number or a text."""
    syslog.openlog("tanggap-gammu")
    syslog.syslog(level, sentence)


if __name__ == "__main__":
    sys.exit(main())
