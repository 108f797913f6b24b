import pytest
from django.db import connection, connections

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_died_in_the_pool_is_given_to_nobody():
    """After the database was started again all of them are dead, and the next person is to notice nothing."""
    # By another name it has a pool of its own, of which nobody else holds anything.
    pooled = connections["pooled"] = connection.copy(alias="pooled")

    def number() -> int:
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (found,) = cursor.fetchone()
        pooled.close()
        return found

    try:
        # In turn, every one that the pool holds.
        dead = {number() for _ in range(6)}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) pid", [list(dead)])
            assert {each for (each,) in cursor.fetchall()} == {True}
        assert number() not in dead
    finally:
        pooled.close()
        pooled.close_pool()
        del connections["pooled"]
