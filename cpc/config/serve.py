"""`python -m cpc.config.serve WORDS`: the web server, granian with these words, unless its address is taken.

Granian binds so that several may share an address; a second service started by mistake would take half of the requests.
"""

import os
import socket
import sys
from pathlib import Path


def value_of(words: list[str], name: str, default: str) -> str:
    return words[words.index(name) + 1] if name in words else default


def taken(host: str, port: int) -> str:
    """Why it cannot be served at this address; empty where it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections of before that are not quite over do not count; whoever listens does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"Port {port} of {host} cannot be served: {error.strerror}. Is the service running already?"
    return ""


def main(words: list[str]) -> int:
    why_not = taken(value_of(words, "--host", "127.0.0.1"), int(value_of(words, "--port", "8000")))
    if why_not:
        print(why_not, file=sys.stderr)
        return 1
    program = str(Path(sys.executable).parent / "granian")
    os.execv(program, [program, *words])  # noqa: S606 - our own words, no shell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
