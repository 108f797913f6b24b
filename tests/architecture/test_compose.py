"""docker-compose.yml and Dockerfile: the images cannot be built here, their description can be checked."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.architecture.source import BASE

SERVICES = {"web", "worker", "beat", "postgres", "redis", "clamav", "mail"}


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((BASE / "docker-compose.yml").read_text())


def test_compose_names_every_service(compose: dict):
    assert set(compose["services"]) == SERVICES
    assert {name for name, service in compose["services"].items() if "profiles" in service} == {"clamav", "mail"}
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_every_service_has_a_health_check(compose: dict):
    without = {name for name, service in compose["services"].items() if "healthcheck" not in service}
    # The image's own check asks the web server.
    assert without == {"web"}
    assert "HEALTHCHECK" in (BASE / "Dockerfile").read_text()


def test_only_this_machine_reaches_a_published_port(compose: dict):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_docker_compose_accepts_the_file(tmp_path: Path):
    command = shutil.which("docker-compose")
    if command is None:
        return  # the tests above have read the file
    shutil.copy(BASE / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=for-this-check\n")
    done = subprocess.run([command, "config", "-q"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_image_runs_as_an_ordinary_user_and_copies_what_exists():
    text = (BASE / "Dockerfile").read_text()
    last_stage = text.split("\nFROM ")[-1]
    assert re.search(r"^USER app$", last_stage, re.MULTILINE)
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert [word for word in copied if not (BASE / word).exists()] == []
