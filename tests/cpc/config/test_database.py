import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def test_connections_that_died_in_the_pool_are_given_to_nobody():
    """After the database was started again all of them are dead, and the next person is to notice nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        parameters = connection.get_connection_params()
    connection.close()
    parameters = {name: value for name, value in parameters.items() if name in {"dbname", "user", "host", "port"}}
    with psycopg.connect(**parameters, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchall()
    assert ended
    assert set(ended) == {(True,)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
