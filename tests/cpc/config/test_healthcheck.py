"""The container's health check tells a running server from a missing one, and keeps to the allowed host."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cpc.config import healthcheck


@pytest.fixture
def server():
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers["Host"])
            self.send_response(200 if self.headers["Host"] == "peers.example.org" else 400)
            self.end_headers()

        def log_message(self, *words):
            pass

    served = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/healthz", asked
    served.shutdown()
    thread.join()
    served.server_close()


def test_health_is_asked_with_an_allowed_host(server, monkeypatch: pytest.MonkeyPatch):
    address, asked = server
    monkeypatch.setenv("ALLOWED_HOSTS", "peers.example.org,other.example.org")
    assert healthcheck.main(address) == 0
    monkeypatch.setenv("ALLOWED_HOSTS", "elsewhere.example.org")
    assert healthcheck.main(address) == 1
    assert asked == ["peers.example.org", "elsewhere.example.org"]


def test_a_missing_server_is_not_healthy():
    assert healthcheck.main("http://127.0.0.1:1/healthz") == 1
