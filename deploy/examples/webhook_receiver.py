"""An agency's own web server, as small as it may be: it takes signed cases and keeps each as a file.

    WEBHOOK_SECRETS=whsec_... python webhook_receiver.py 8080 cases

Needs nothing but Python. It speaks HTTP: put your web server with its certificate in front. Messages are signed by
*Standard Webhooks* (https://www.standardwebhooks.com). While a secret is exchanged, write both, with a comma between.
The answer is 204 when the file is on the disk and not before; whatever else is answered, or nothing, and the city sends
the message again, under the same id, which is the file's name: so it is not kept twice. How a program answers from
there: agency_worker.py.
"""

import base64
import hashlib
import hmac
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

WINDOW_SECONDS = 300  # older messages may have been recorded by somebody and played again
LONGEST_BODY = 1_000_000
NUMBER = re.compile(r"[0-9]{1,12}")
HEADERS = ("id", "timestamp", "signature")
USABLE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_signed(secrets: list[bytes], message_id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    if not NUMBER.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > WINDOW_SECONDS:
        return False
    content = f"{message_id}.{timestamp}.".encode() + body
    right = [b"v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)) for secret in secrets]
    return any(hmac.compare_digest(one.encode(), wanted) for one in signatures.split() for wanted in right)


def keep(folder: Path, message_id: str, body: bytes) -> None:
    """When this returns, the file is whole and on the disk. One that is there stays as it is."""
    path = folder / f"{message_id}.json"
    if path.exists():
        return
    fresh = folder / f".{message_id}.{threading.get_ident()}"
    with fresh.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)  # else a power cut could take the name
    os.close(directory)


class Receiver(BaseHTTPRequestHandler):
    timeout = 15
    secrets: ClassVar[list[bytes]] = []
    folder = Path()

    def do_POST(self) -> None:
        self.send_response(self.take())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def take(self) -> int:
        """The status to answer with."""
        length = self.headers.get("Content-Length", "")
        if not NUMBER.fullmatch(length) or int(length) > LONGEST_BODY:
            return 413
        body = self.rfile.read(int(length))
        message_id, timestamp, signatures = (self.headers.get(f"webhook-{one}", "") for one in HEADERS)
        if not USABLE_ID.fullmatch(message_id) or not is_signed(self.secrets, message_id, timestamp, signatures, body):
            return 401
        try:
            keep(self.folder, message_id, body)
        except OSError:
            return 503  # the disk is full: the city tries again later
        return 204


def main(port: int, folder: Path) -> None:
    given = [secret.strip() for secret in os.environ.get("WEBHOOK_SECRETS", "").split(",") if secret.strip()]
    if not given:
        sys.exit("WEBHOOK_SECRETS is not set")
    Receiver.secrets = [base64.b64decode(secret.removeprefix("whsec_")) for secret in given]
    Receiver.folder = folder
    folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.daemon_threads = False  # whoever is being answered is answered to the end
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stderr.write(f"listening on port {port}\n")
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: WEBHOOK_SECRETS=whsec_... python webhook_receiver.py PORT FOLDER")
    main(int(sys.argv[1]), Path(sys.argv[2]))
