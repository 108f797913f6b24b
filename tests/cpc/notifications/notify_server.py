"""Notify's HTTP interface on a port of this machine: it checks the token, keeps what it is given, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

SERVICE_ID, SECRET = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
KEY = f"test_key-{SERVICE_ID}-{SECRET}"


class NotifyServer:
    """`answers` are given to one POST after the other: a status, "hang", or "drop" (taken, and the line goes dead)."""

    def __init__(self, *answers: int | str) -> None:
        self.answers = list(answers)
        # In the order of arrival, as Notify shows them; `status` may be set by a test.
        self.taken: list[dict[str, Any]] = []
        self.posts = 0
        notify = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                """Quiet."""

            def answer(self, status: int, body: dict[str, Any]) -> None:
                out = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def refuse(self, status: int, error: str, message: str) -> None:
                self.answer(status, {"status_code": status, "errors": [{"error": error, "message": message}]})

            def is_known(self) -> bool:
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                try:
                    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})
                except jwt.InvalidTokenError:
                    self.refuse(403, "AuthError", "Invalid token: API key not found")
                    return False
                if claims.get("iss") != SERVICE_ID or abs(time.time() - claims.get("iat", 0)) > 30:
                    self.refuse(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")
                    return False
                return True

            def do_GET(self) -> None:
                if self.is_known():
                    wanted = parse_qs(urlsplit(self.path).query).get("reference", [None])[0]
                    found = [each for each in notify.taken if wanted in {None, each["reference"]}]
                    self.answer(200, {"notifications": found, "links": {}})

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not self.is_known():
                    return
                notify.posts += 1
                answer = notify.answers.pop(0) if notify.answers else 201
                if answer == "hang":
                    time.sleep(2)
                    return
                if answer not in {201, "drop"}:
                    self.refuse(int(answer), "RateLimitError" if answer == 429 else "Exception", "Try again later")
                    return
                notify.taken.append(asked | {"id": str(uuid.uuid4()), "status": "created"})
                if answer == "drop":
                    self.close_connection = True
                    self.connection.close()
                    return
                self.answer(201, {"id": notify.taken[-1]["id"], "reference": asked.get("reference")})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
