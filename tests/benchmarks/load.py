"""A load generator: a few connections that stay open and ask for one address again and again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection


@dataclass
class Burst:
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # of each answer, in seconds
    size: int = 0
    problem: str = ""


def burst(port: int, address: str, headers: dict[str, str], connections: int, requests: int) -> Burst:
    """`requests` answers in all over `connections` connections. Connecting and one first answer each are not timed."""
    made = Burst()
    ready = threading.Barrier(connections + 1)

    def ask(line: HTTPConnection) -> None:
        line.request("GET", address, headers=headers)
        answer = line.getresponse()
        made.size = len(answer.read())
        if answer.status != 200:
            made.problem = f"{address} answered {answer.status}"

    def work(number: int) -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            ask(line)
        finally:
            ready.wait()
        for _ in range(number):
            began = time.perf_counter()
            ask(line)
            made.times.append(time.perf_counter() - began)
        line.close()

    threads = [threading.Thread(target=work, args=[requests // connections]) for _ in range(connections)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    made.seconds = time.perf_counter() - began
    return made
