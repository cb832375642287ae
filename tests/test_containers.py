"""What Dockerfile and compose.yaml promise to whoever runs them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.parts import require
from webapp.config import Settings
from webapp.jobs.worker import STOP_SECONDS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "scheduler", "worker", "migrate")
# What stays up; the migration runs once, before them.
LASTING = ("web", "scheduler", "worker", "valkey", "postgres")
# Variables of compose.yaml that no process of ours reads.
ITS_OWN = {"POSTGRES_PASSWORD", "SUBNET"}


def instructions(name: str) -> list[str]:
    """What the Dockerfile says after each such word, its lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", text, re.M)


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_it_consists_of_the_parts_that_the_documents_name() -> None:
    assert set(SERVICES) == {*LASTING, "migrate"}
    assert {SERVICES[name]["image"] for name in OURS} == {"ai-log-monitor"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_part_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)
    assert "docker.sock" not in str(service)


def test_no_part_is_root() -> None:
    users = {name: SERVICES[name].get("user") for name in SERVICES}

    assert instructions("USER") == ["monitor"]
    assert users == dict.fromkeys(OURS) | {"valkey": "valkey", "postgres": "postgres"}


@pytest.mark.parametrize("name", LASTING)
def test_each_lasting_part_is_started_again_and_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]

    assert service["restart"] == "always"
    assert service["healthcheck"]["test"]
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["init"] is True


def test_the_schema_is_ready_before_anybody_uses_it_and_the_database_stops_last() -> None:
    waits = {name: SERVICES[name]["depends_on"] for name in OURS}

    assert SERVICES["migrate"]["restart"] == "no"
    assert waits.pop("migrate") == {"postgres": {"condition": "service_healthy"}}
    for conditions in waits.values():
        assert conditions == {
            "migrate": {"condition": "service_completed_successfully"},
            "postgres": {"condition": "service_healthy"},
            "valkey": {"condition": "service_healthy"},
        }


def test_workers_can_be_as_many_as_one_likes() -> None:
    fixed = {"container_name", "hostname", "ports", "volumes", "deploy"}

    assert not fixed & set(SERVICES["worker"])
    assert not any("container_name" in service for service in SERVICES.values())


def test_a_fork_bomb_of_a_command_stays_in_its_container() -> None:
    assert SERVICES["worker"]["pids_limit"] == 4096


def test_a_stop_gives_a_worker_the_time_that_it_takes() -> None:
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > STOP_SECONDS + 10
    assert all(seconds(SERVICES[name]["stop_grace_period"]) >= 30 for name in LASTING)


def test_only_this_machine_can_reach_it_and_only_the_pages() -> None:
    ports = {name: SERVICES[name].get("ports", []) for name in SERVICES}

    assert ports.pop("web") == ["127.0.0.1:${PORT:-8000}:8000"]
    assert set(map(tuple, ports.values())) == {()}


def test_the_door_is_open_to_the_network_that_it_makes() -> None:
    web = SERVICES["web"]["environment"]
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]

    clients, _ = web["ALLOWED_CLIENTS"].split(",")
    settings = Settings(_env_file=None, allowed_clients="172.30.47.0/24,", allowed_hosts="web,")  # type: ignore[call-arg]

    assert clients == network["subnet"] == "${SUBNET:-172.30.47.0/24}"
    assert [str(one) for one in settings.client_networks] == ["172.30.47.0/24"]
    assert settings.host_names == {"web"}


def test_the_queue_keeps_its_jobs_and_never_drops_one() -> None:
    words = SERVICES["valkey"]["command"]
    options = dict(zip(words[1::2], words[2::2], strict=True))

    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "everysec"
    assert options["--maxmemory-policy"] == "noeviction"


def test_all_state_is_in_volumes() -> None:
    volumes = {
        name: service["volumes"] for name, service in SERVICES.items() if "volumes" in service
    }

    assert volumes == {
        "valkey": ["valkey-data:/data"],
        "postgres": ["postgres-data:/var/lib/postgresql/data"],
    }
    assert set(COMPOSE["volumes"]) == {"valkey-data", "postgres-data"}


def test_every_variable_is_one_that_is_read() -> None:
    known = {name.upper() for name in Settings.model_fields}
    given = {name for service in OURS for name in SERVICES[service]["environment"]}
    asked = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    baked = set(re.findall(r"([A-Z_]+)=", " ".join(instructions("ENV"))))

    assert given - known == set()
    assert asked - known == ITS_OWN
    assert baked - known == {"LANG", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def test_it_does_not_start_without_its_secrets() -> None:
    for name in ("POSTGRES_PASSWORD", "SECRET_KEY"):
        assert set(re.findall(rf"\$\{{{name}([^}}]*)\}}", TEXT)) == {":?Set it in .env"}


def test_every_image_is_pinned() -> None:
    images = [SERVICES["valkey"]["image"], SERVICES["postgres"]["image"], *instructions("FROM")]

    assert len(images) == 3
    assert [image for image in images if not re.search(r":\d+\.\d+(\.\d+)?(-|$)", image)] == []


def test_nothing_comes_into_the_image_but_what_it_copies() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {path for words in instructions("COPY") for path in words.split()[:-1]}

    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert lines[1] == "*"
    assert let_in == copied
    assert {path for path in copied if not (ROOT / path).exists()} == set()


def test_what_it_installs_is_a_layer_that_no_change_of_the_code_touches() -> None:
    text = (ROOT / "Dockerfile").read_text()

    assert (
        text.index("COPY requirements.txt") < text.index("pip install") < text.index("COPY webapp")
    )


def test_compose_itself_reads_it(tmp_path: Path) -> None:
    require(shutil.which("docker-compose") is not None, "no docker-compose")
    (tmp_path / "compose.yaml").write_text(TEXT)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=secret\nSECRET_KEY=secret\n")

    read = subprocess.run(
        ["docker-compose", "config"], cwd=tmp_path, capture_output=True, text=True
    )

    assert (read.returncode, read.stderr) == (0, "")
    assert set(yaml.safe_load(read.stdout)["services"]) == set(SERVICES)


def test_compose_itself_refuses_it_without_a_secret(tmp_path: Path) -> None:
    require(shutil.which("docker-compose") is not None, "no docker-compose")
    (tmp_path / "compose.yaml").write_text(TEXT)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=secret\n")

    read = subprocess.run(
        ["docker-compose", "config"], cwd=tmp_path, capture_output=True, text=True
    )

    assert read.returncode != 0
    assert "SECRET_KEY" in read.stderr
