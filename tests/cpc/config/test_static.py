"""What the front-end build made: small, complete, and nothing that belongs to GOV.UK alone."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

DIST = Path(settings.BASE_DIR) / "static/dist"
KILOBYTE = 1000


@pytest.mark.parametrize(("name", "most"), [("app.css", 26), ("app.js", 18)])
def test_bundles_are_small(name, most):
    assert len(gzip.compress((DIST / name).read_bytes())) <= most * KILOBYTE


def test_style_names_only_files_that_are_there():
    named = re.findall(r"url\(\"?\./([^\")]+)", (DIST / "app.css").read_text())
    assert named
    assert [name for name in named if not (DIST / name).is_file()] == []


def test_nothing_of_gov_uk_is_served():
    """No crown, no crest, no GDS Transport: they are not ours to show."""
    assert "GDS Transport" not in (DIST / "app.css").read_text()
    names = {path.name for path in DIST.rglob("*")}
    assert not [name for name in names if re.search(r"crown|crest|govuk|transport", name, re.IGNORECASE)]


def test_production_can_name_every_file_by_its_content(tmp_path):
    """Production's storage stops at a style that names a missing file; better here than at a deployment."""
    storage = ManifestStaticFilesStorage(location=tmp_path)
    files = {}
    for finder in finders.get_finders():
        for path, source in finder.list(["*.map"]):
            if not Path(path).is_relative_to("admin"):
                with source.open(path) as content:
                    FileSystemStorage(location=tmp_path).save(path, content)
                files[path] = (storage, path)
    failures = [f"{name}: {result}" for name, _, result in storage.post_process(files) if isinstance(result, Exception)]
    assert failures == []
    assert storage.stored_name("dist/app.css") != "dist/app.css"
