"""The benchmarks are no part of the suite; that they still start is."""

import os
import subprocess
import sys

from tests.architecture.source import BASE
from tests.run import production_environment


def test_the_site_that_is_measured_starts():
    environment = production_environment(dict(os.environ)) | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
