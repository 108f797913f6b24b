"""The servers of the demo and the tests start, answer, and are gone when stopped."""

from pathlib import Path

import psycopg
import redis

from cpc.demo import embedded


def test_postgres_starts_keeps_its_data_and_stops(tmp_path: Path):
    server = embedded.Postgres(tmp_path).start()
    try:
        url = server.make_database("kept")
        assert server.make_database("kept") == url
        with psycopg.connect(host=str(server.sockets), user="postgres", dbname="kept") as connection:
            connection.execute("CREATE EXTENSION btree_gist")
            connection.execute("CREATE TABLE note AS SELECT 'here' AS text")
        process = server.process
        assert process is not None
    finally:
        server.stop()
    assert not embedded.is_running(process.pid)
    again = embedded.Postgres(tmp_path).start()
    try:
        with psycopg.connect(host=str(again.sockets), user="postgres", dbname="kept") as connection:
            assert connection.execute("SELECT text FROM note").fetchone() == ("here",)
    finally:
        again.stop()


def test_postgres_takes_over_data_from_a_killed_launcher(tmp_path: Path):
    first = embedded.Postgres(tmp_path).start()
    assert first.process is not None
    second = embedded.Postgres(tmp_path).start()
    try:
        assert first.process.wait(10) is not None
        assert embedded.is_running(second.process.pid)
    finally:
        second.stop()
        first.stop()


def test_socket_of_a_deep_folder_is_put_in_a_short_one(tmp_path: Path):
    server = embedded.Redis(tmp_path / ("deep-" * 20)).start()
    try:
        assert len(str(server.socket)) < 100
        assert redis.Redis.from_url(server.url()).ping()
    finally:
        server.stop()
    assert not server.sockets.exists()
