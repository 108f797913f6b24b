from datetime import date

import dj_database_url
import pytest
import redis
from django.core.exceptions import ImproperlyConfigured

from cpc.config import environment


def test_a_day_is_read_and_anything_else_is_refused_by_name(monkeypatch):
    monkeypatch.delenv("A_DAY", raising=False)
    assert environment.day("A_DAY", "2011-04-01") == date(2011, 4, 1)
    monkeypatch.setenv("A_DAY", "2012-05-02")
    assert environment.day("A_DAY", "2011-04-01") == date(2012, 5, 2)
    monkeypatch.setenv("A_DAY", "2 May 2012")
    with pytest.raises(ImproperlyConfigured, match="A_DAY must be a day such as 2011-04-01"):
        environment.day("A_DAY", "2011-04-01")


def test_a_value_may_stand_in_a_file(monkeypatch, tmp_path):
    monkeypatch.delenv("A_SECRET", raising=False)
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    monkeypatch.setenv("A_SECRET_FILE", str(secret))
    assert environment.text("A_SECRET") == "from the file"
    assert environment.words("A_SECRET") == ["from the file"]
    monkeypatch.setenv("A_SECRET", "from the environment")
    with pytest.raises(ImproperlyConfigured, match="Both A_SECRET and A_SECRET_FILE are set"):
        environment.text("A_SECRET")
    monkeypatch.delenv("A_SECRET")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="A_SECRET_FILE names .*missing, which cannot be read"):
        environment.text("A_SECRET")


@pytest.mark.parametrize("password", ["plain", "p@ss:w/rd#100%", "ü space"])
def test_a_password_may_hold_any_character(monkeypatch, password):
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.example.org:5432/peers?sslmode=require")
    monkeypatch.setenv("DATABASE_PASSWORD", password)
    parsed = dj_database_url.parse(environment.address("DATABASE_URL", "DATABASE_PASSWORD"))
    assert (parsed["USER"], parsed["PASSWORD"], parsed["HOST"]) == ("app", password, "db.example.org")
    assert parsed["OPTIONS"] == {"sslmode": "require"}
    monkeypatch.setenv("REDIS_URL", "redis://cache.example.org:6379/0")
    monkeypatch.setenv("REDIS_PASSWORD", password)
    pool = redis.ConnectionPool.from_url(environment.address("REDIS_URL", "REDIS_PASSWORD"))
    assert pool.connection_kwargs["password"] == password


def test_a_password_in_two_places_is_refused(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://app:one@db/peers")
    assert environment.address("DATABASE_URL", "NO_SUCH_PASSWORD") == "postgres://app:one@db/peers"
    monkeypatch.setenv("DATABASE_PASSWORD", "two")
    with pytest.raises(ImproperlyConfigured, match="holds a password and DATABASE_PASSWORD is set too"):
        environment.address("DATABASE_URL", "DATABASE_PASSWORD")
