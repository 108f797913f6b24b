"""A mail server on a port of this machine that keeps what it is given, and misbehaves when told to."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class _Line(SMTP):
    """Knows how many lines are open: what a dead sender had already put on one is still read."""

    def connection_made(self, transport) -> None:
        self.event_handler.lines += 1
        super().connection_made(transport)

    def connection_lost(self, error) -> None:
        self.event_handler.lines -= 1
        super().connection_lost(error)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Line(self.handler, **self.SMTP_kwargs)


class MailServer:
    """`answers` are given to one DATA after the other ("" drops the line), then everything is accepted.

    `watch` is called with the sender's word (RCPT, DATA with the mail here, QUIT) before it is answered.
    """

    def __init__(self, *answers: str, drops_at_quit: bool = False, watch: Callable[[str], None] | None = None):
        self.answers, self.drops_at_quit, self.watch = list(answers), drops_at_quit, watch or (lambda word: None)
        # In the order of arrival; `accepted` are those the server took on, which a receiver will see.
        self.received: list[EmailMessage] = []
        self.accepted: list[EmailMessage] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.lines = 0
        self.controller = _Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address: str, options: list[str]) -> str:
        self.watch("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 known here"

    async def handle_DATA(self, server, session, envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.received.append(mail)
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250") or not answer:
            self.accepted.append(mail)
        self.watch("DATA")
        if not answer:
            server.transport.abort()
        return answer or "250 taken"

    async def handle_QUIT(self, server, session, envelope) -> str:
        self.watch("QUIT")
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
