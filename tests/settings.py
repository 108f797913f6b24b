"""The project's settings as the tests see them. Read before any test, by every test process."""

import os
import tempfile
from pathlib import Path

from tests.services import HAS_MIGRATED, MIGRATED, throwaway_services

os.environ["TESTING"] = "1"
os.environ.pop("DEMO", None)
os.environ.pop("DEBUG", None)
# Files of tests go to a folder of their own; a process of xdist makes its own again.
_folder = tempfile.TemporaryDirectory(prefix="cpc-tests-")
os.environ["VAR_DIR"] = _folder.name
(Path(_folder.name) / "staticfiles").mkdir()
# `make test` has started the servers already; plain `pytest` starts what is not given.
throwaway_services(os.environ)

from cpc.config.settings import *  # noqa: E402, F403
from cpc.config.settings import DATABASES  # noqa: E402

if os.environ.get(HAS_MIGRATED) == os.environ["DATABASE_URL"]:
    DATABASES["default"]["TEST"] = {"TEMPLATE": MIGRATED}

# Fast, because nobody attacks test passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Tasks run where they are queued, when the transaction is committed. Tests of the real queue turn this off.
CELERY_TASK_ALWAYS_EAGER = True
# One cache a process, so that clearing it between tests cannot disturb the other test process.
CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
    for name in ("default", "sessions")
}
