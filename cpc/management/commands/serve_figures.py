import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from prometheus_client import CollectorRegistry, start_http_server

from cpc.config.figures import ServiceFigures


class Command(BaseCommand):
    help = "Serves figures for Prometheus on a port of their own, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9100)

    def handle(self, *args: Any, host: str = "127.0.0.1", port: int = 9100, **options: Any) -> None:
        registry = CollectorRegistry()
        registry.register(ServiceFigures(afterwards=connections.close_all))
        server, thread = start_http_server(port, addr=host, registry=registry)
        self.stdout.write(f"Figures at http://{host}:{server.server_port}/")
        self.stdout.flush()
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        stop.wait()
        server.shutdown()
        thread.join()
