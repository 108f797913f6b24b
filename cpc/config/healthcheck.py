"""Asks the web server beside it whether it is well; the container's health check. Exit 0 or 1.

A path may be given: /healthz (it is alive) without one, /readyz (it can serve).

A wrong Host is refused, so the question carries a host that the settings allow.
"""

import sys
import urllib.request

from cpc.config import environment

OWN = "http://127.0.0.1:8000"


def main(address: str = f"{OWN}/healthz") -> int:
    host = next(iter(environment.words("ALLOWED_HOSTS")), "localhost").lstrip(".").replace("*", "localhost")
    request = urllib.request.Request(address, headers={"Host": host})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
            return 0 if answer.status == 200 else 1
    except OSError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(OWN + (sys.argv[1] if len(sys.argv) > 1 else "/healthz")))
