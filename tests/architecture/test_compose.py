"""docker-compose.yml, Dockerfile and what an operator is told of them. `make image` builds the image."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.architecture.source import BASE

OURS = {"migrate", "web", "worker", "beat", "figures"}
SERVICES = OURS | {"postgres", "redis", "caddy", "clamav", "mail"}
OPTIONAL = {"caddy", "clamav", "mail"}
# Starts as root to take its folder over, and writes its signatures.
NOT_READ_ONLY = {"clamav"}


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((BASE / "docker-compose.yml").read_text())


def test_compose_names_every_service(compose: dict):
    assert set(compose["services"]) == SERVICES
    assert {name for name, service in compose["services"].items() if "profiles" in service} == OPTIONAL
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_every_service_has_a_health_check_in_the_file(compose: dict):
    """An image in OCI format drops its own; migrate ends by itself."""
    assert {name for name, service in compose["services"].items() if "healthcheck" not in service} == {"migrate"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_confined(compose: dict, name: str):
    service = compose["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is (name not in NOT_READ_ONLY)
    assert all(service.get(limit) for limit in ("mem_limit", "cpus", "pids_limit"))
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert all("size=" in mount for mount in service.get("tmpfs", []))
    if name != "migrate":
        assert service["stop_grace_period"]


def test_nothing_of_ours_starts_before_the_tables_are_there(compose: dict):
    for name in OURS - {"migrate"}:
        assert compose["services"][name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert [name for name in OURS if "build" in compose["services"][name]] == ["migrate"]


def test_database_and_queue_are_out_of_reach_of_what_is_not_ours(compose: dict):
    assert compose["networks"]["inside"] == {"internal": True}
    inside = {name for name, service in compose["services"].items() if "inside" in service["networks"]}
    assert inside == OURS | {"postgres", "redis"}
    assert compose["services"]["postgres"]["networks"] == compose["services"]["redis"]["networks"] == ["inside"]


def test_images_of_others_are_pinned(compose: dict):
    images = {service["image"] for name, service in compose["services"].items() if name not in OURS}
    base = re.search(r"^ARG BASE=(\S+)$", (BASE / "Dockerfile").read_text(), re.MULTILINE)
    assert base
    for image in images | {base[1]}:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image), image


def test_secrets_are_files_and_each_service_has_its_own(compose: dict):
    secrets = set(compose["secrets"])
    for name, service in compose["services"].items():
        given = {
            value for value in (service.get("environment") or {}).values() if str(value).startswith("/run/secrets/")
        }
        assert {value.removeprefix("/run/secrets/") for value in given} <= set(service.get("secrets", [])), name
        assert not [variable for variable in service.get("environment") or {} if variable in SECRETS]
    with_mail = {
        name for name, service in compose["services"].items() if "notify_api_key" in service.get("secrets", [])
    }
    assert with_mail == {"worker"}
    assert secrets == {secret for service in compose["services"].values() for secret in service.get("secrets", [])}


def settings_of_operations() -> dict[str, str]:
    """Name -> whether it is needed, of the table in docs/operations.md."""
    text = (BASE / "docs" / "operations.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) ?\|", text, re.MULTILINE))


SECRETS = {
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEY",
    "DATABASE_PASSWORD",
    "REDIS_PASSWORD",
    "EMAIL_HOST_PASSWORD",
    "NOTIFY_API_KEY",
}


def test_example_names_what_an_operator_must_set(compose: dict):
    example = dict(
        line.removeprefix("# ").split("=", 1)
        for line in (BASE / ".env.example").read_text().splitlines()
        if re.match(r"(# )?[A-Z_]+=", line)
    )
    needed = {name for name, word in settings_of_operations().items() if word in {"yes", "with a proxy"}}
    in_compose = {name.removesuffix("_FILE") for name in compose["services"]["worker"]["environment"]}
    assert needed - in_compose <= set(example)
    assert not SECRETS & set(example)
    # Nothing that nobody reads.
    assert set(example) - {"SITE_NAME"} <= set(settings_of_operations())


def test_operations_names_every_setting_that_is_read():
    code = "\n".join(
        path.read_text() for path in [*(BASE / "cpc" / "config").glob("*.py"), BASE / "docker-compose.yml"]
    )
    read = set(re.findall(r"environment\.(?:text|flag|number|day|words)\(\s*\"([A-Z_]+)\"", code))
    for names in re.findall(r"environment\.address\(\"([A-Z_]+)\", \"([A-Z_]+)\"\)", code):
        read |= set(names)
    assert read - set(settings_of_operations()) == set()
    # And nothing that is read no more.
    assert [name for name in settings_of_operations() if f'"{name}"' not in code] == []


def test_only_this_machine_reaches_a_published_port(compose: dict):
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports.pop("caddy") == ["80:80", "443:443"]
    assert ports
    assert all(port.startswith("127.0.0.1:") for of_one in ports.values() for port in of_one)


def test_docker_compose_accepts_the_file(tmp_path: Path):
    command = shutil.which("docker-compose")
    if command is None:
        return  # the tests above have read the file
    shutil.copy(BASE / "docker-compose.yml", tmp_path)
    shutil.copy(BASE / ".env.example", tmp_path / ".env")
    done = subprocess.run([command, "config", "-q"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_image_runs_as_an_ordinary_user_and_copies_what_exists():
    text = (BASE / "Dockerfile").read_text()
    last_stage = text.split("\nFROM ")[-1]
    assert re.search(r"^USER app$", last_stage, re.MULTILINE)
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert [word for word in copied if not (BASE / word).exists()] == []


def test_image_holds_no_tools_to_build_with():
    last_stage = (BASE / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert "pip" not in last_stage
    assert "npm" not in last_stage
    assert "--without-pip /venv" in (BASE / "Dockerfile").read_text()


def test_every_package_of_the_image_has_a_wheel():
    """The image is built with --only-binary: what has sources alone, as docopt, must not be needed on Linux."""
    text = (BASE / "requirements.txt").read_text()
    assert re.findall(r"^docopt==.*$", text, re.MULTILINE) == ["docopt==0.6.2 ; sys_platform == 'never' \\"]
