"""Exit code 0 when the service on this machine's port says that it is ready; prints what it says.

A program of its own, since a container is asked every few seconds and `tanggap` takes a second to load.
"""

import sys
from http.client import HTTPConnection


def is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        sys.stdout.write(answer.read().decode("utf-8", "replace"))
        return answer.status == 200
    except OSError as error:
        sys.stdout.write(f"no answer on port {port}: {error}\n")
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(sys.argv[1])) else 1)
