"""Production settings, as an operator's machine reads them: in a process of their own."""

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from cpc.config import environment

PRODUCTION = {
    "SECRET_KEY": "k7" * 40,
    "FIELD_ENCRYPTION_KEY": urlsafe_b64encode(b"f" * 32).decode(),
    "ALLOWED_HOSTS": "peers.example.org",
    "SITE_URL": "https://peers.example.org/",
    "DATABASE_URL": "postgres://app:secret@db.example.org:5432/peers",
    "REDIS_URL": "redis://cache.example.org:6379/0",
}
SHOW = """
import json
from cpc.config import settings
print(json.dumps({n: getattr(settings, n) for n in dir(settings) if n.isupper()}, default=str))
"""


def start(variables: dict[str, str]) -> subprocess.CompletedProcess:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", SHOW], env=kept | variables, capture_output=True, text=True, check=False
    )


def settings_with(**variables: str) -> dict:
    done = start(PRODUCTION | variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def production() -> dict:
    return settings_with()


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL"])
def test_production_does_not_start_without(name: str):
    done = start({key: value for key, value in PRODUCTION.items() if key != name})
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


def test_production_hides_its_workings(production: dict):
    assert not production["DEBUG"]
    assert not production["LOCAL"]
    assert "SILENCED_SYSTEM_CHECKS" not in production
    assert production["ALLOWED_HOSTS"] == ["peers.example.org"]


def test_production_answers_to_no_host_until_told():
    done = start({key: value for key, value in PRODUCTION.items() if key != "ALLOWED_HOSTS"})
    assert json.loads(done.stdout)["ALLOWED_HOSTS"] == []


def test_production_cookies_go_over_https_to_this_host_only(production: dict):
    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert production[f"{cookie}_SECURE"] is True
        assert production[f"{cookie}_HTTPONLY"] is True
        assert production[f"{cookie}_SAMESITE"] == "Lax"
        # The browser itself enforces Secure, Path=/ and no Domain for this prefix.
        assert production[f"{cookie}_NAME"].startswith("__Host-")
        assert f"{cookie}_DOMAIN" not in production
    assert production["SESSION_COOKIE_AGE"] == 12 * 3600
    assert production["SESSION_EXPIRE_AT_BROWSER_CLOSE"] is True


def test_production_insists_on_https(production: dict):
    assert production["SECURE_SSL_REDIRECT"] is True
    assert production["SECURE_HSTS_SECONDS"] >= 31536000
    assert "SECURE_PROXY_SSL_HEADER" not in production, "a header that anyone can send is believed only behind a proxy"
    assert settings_with(BEHIND_PROXY="true", TRUSTED_PROXY_COUNT="1")["SECURE_PROXY_SSL_HEADER"] == [
        "HTTP_X_FORWARDED_PROTO",
        "https",
    ]


def test_policy_allows_nothing_inline_and_nothing_from_elsewhere(production: dict):
    directives = production["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    allowed = {source for sources in directives.values() for source in sources}
    assert allowed == {"'none'", "'self'", "data:"}
    assert [name for name, sources in directives.items() if "data:" in sources] == ["img-src"]


def test_two_step_sign_in_is_compulsory_for_those_who_see_most(production: dict):
    assert production["TWO_STEP_ROLES"] == ["administrator", "programme_manager"]


def test_files_go_to_private_object_storage_when_a_bucket_is_named():
    documents = settings_with(DOCUMENTS_BUCKET="papers")["STORAGES"]["documents"]
    assert documents["BACKEND"] == "storages.backends.s3.S3Storage"
    assert documents["OPTIONS"]["default_acl"] == "private"
    assert documents["OPTIONS"]["file_overwrite"] is False


def test_wrong_values_are_told_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BEHIND_PROXY", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="BEHIND_PROXY must be true or false"):
        environment.flag("BEHIND_PROXY")
    monkeypatch.setenv("SESSION_HOURS", "twelve")
    with pytest.raises(ImproperlyConfigured, match="SESSION_HOURS must be a whole number"):
        environment.number("SESSION_HOURS", 12)


@pytest.mark.django_db
def test_wrong_host_is_refused():
    assert Client().get("/healthz").status_code == 200
    assert Client().get("/healthz", headers={"host": "elsewhere.example"}).status_code == 400
