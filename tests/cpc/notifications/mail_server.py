"""A mail server on a port of this machine that keeps what it is given, and misbehaves when told to."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class MailServer:
    """`answers` are given to one DATA after the other ("" drops the line), then everything is accepted.

    `on_data` is called with each mail once it is here and before the sender is told so.
    """

    def __init__(
        self, *answers: str, drops_at_quit: bool = False, on_data: Callable[[EmailMessage], None] | None = None
    ):
        self.answers, self.drops_at_quit, self.on_data = list(answers), drops_at_quit, on_data
        # In the order of arrival; `accepted` are those the server took on, which a receiver will see.
        self.received: list[EmailMessage] = []
        self.accepted: list[EmailMessage] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self.controller.start()

    async def handle_DATA(self, server, session, envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.received.append(mail)
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250") or not answer:
            self.accepted.append(mail)
        if self.on_data:
            self.on_data(mail)
        if not answer:
            server.transport.abort()
        return answer or "250 taken"

    async def handle_QUIT(self, server, session, envelope) -> str:
        if self.drops_at_quit:
            server.transport.abort()
        return "221 Bye"

    def close(self) -> None:
        if not self.controller.loop.is_closed():
            self.controller.stop()


class SilentServer:
    """Takes the connection and never says a word."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections: list[socket.socket] = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        # Closing alone would leave the thread in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)
        for connection in self.connections:
            connection.close()
