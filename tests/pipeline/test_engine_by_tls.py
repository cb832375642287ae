"""A Docker engine at a port, by TLS: the real one, behind a server that asks for certificates."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from tests.parts import require
from webapp.pipeline.gather import gather
from webapp.pipeline.targets.docker_host import KIND
from webapp.pipeline.targets.kind import Here
from webapp.pipeline.targets.looking import Unusable
from webapp.pipeline.values import Gathered, GatherLimits, Host, InputSpec

LIMITS = GatherLimits(max_workers=4, timeout_seconds=20, keep_bytes=10_000)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an authority of our own: ca, cert and key for a client, server and server-key."""
    require(shutil.which("openssl") is not None, "no openssl")
    folder = tmp_path_factory.mktemp("tls")
    new = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj"
    _run(folder, f"{new} /CN=authority -keyout ca-key.pem -out ca.pem")
    signed = "-CA ca.pem -CAkey ca-key.pem"
    _run(folder, f"{new} /CN=client {signed} -keyout key.pem -out cert.pem")
    name = "-addext subjectAltName=IP:127.0.0.1"
    _run(folder, f"{new} /CN=engine {name} {signed} -keyout server-key.pem -out server.pem")
    return folder


@pytest.fixture
def address(
    certificates: Path, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # would be believed instead of ca.pem
        monkeypatch.delenv(name, raising=False)
    with _by_tls(certificates) as port:
        yield f"tcp://127.0.0.1:{port}"


def at(address: str, certificates: Path) -> Host:
    config = {"host": address, "certificates": str(certificates)}
    return KIND.host(config, Here("unix:///nowhere", certificates))


def gathered(host: Host, **values: object) -> Gathered:
    (one,) = gather(host, [InputSpec("A", **values)], LIMITS)  # type: ignore[arg-type]
    return one


def test_its_containers_are_read(
    address: str,
    certificates: Path,
    printed_by,  # type: ignore[no-untyped-def]
) -> None:
    container: Container = printed_by("echo by TLS")

    result = gathered(
        at(address, certificates), mode="docker_logs", config={"container_name": container.name}
    )

    assert (result.error, result.output.text) == (None, "by TLS\n")


def test_commands_find_it_and_the_certificates(
    address: str, certificates: Path, engine: docker.DockerClient
) -> None:
    command = "env | grep ^DOCKER_ | sort; docker info --format {{.ServerVersion}}"

    result = gathered(at(address, certificates), mode="command", command=command)

    assert result.error is None
    assert result.output.text.splitlines() == [
        f"DOCKER_CERT_PATH={certificates}",
        f"DOCKER_HOST={address}",
        "DOCKER_TLS_VERIFY=1",
        engine.version()["Version"],
    ]


def test_its_test_says_what_it_is(address: str, certificates: Path) -> None:
    assert KIND.look(at(address, certificates), LIMITS)["Engine"].startswith("Docker ")


def test_an_engine_of_another_authority_is_not_believed(
    address: str, certificates: Path, tmp_path: Path
) -> None:
    for name in ("cert.pem", "key.pem"):
        shutil.copy(certificates / name, tmp_path)
    new = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj"
    _run(tmp_path, f"{new} /CN=another -keyout ca-key.pem -out ca.pem")

    with pytest.raises(Unusable) as refused:
        KIND.look(at(address, tmp_path), LIMITS)

    told = f"the Docker engine at {address} and the certificates here do not fit: "
    assert str(refused.value).startswith(told)


def test_certificates_that_are_not_there_are_said(address: str, tmp_path: Path) -> None:
    with pytest.raises(Unusable) as refused:
        KIND.look(at(address, tmp_path), LIMITS)

    assert f"the Docker engine at {address} failed: " in str(refused.value)
    assert "certificate" in str(refused.value)


def _run(folder: Path, command: str) -> None:
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


@contextmanager
def _by_tls(folder: Path) -> Iterator[int]:
    """The port of a server that leads whom it trusts to the engine of this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = server.accept()
                threading.Thread(target=_lead, args=(context, peer), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _lead(context: ssl.SSLContext, peer: socket.socket) -> None:
    engine = socket.socket(socket.AF_UNIX)
    with peer, engine, suppress(OSError), context.wrap_socket(peer, server_side=True) as trusted:
        engine.connect("/var/run/docker.sock")
        answers = threading.Thread(target=_copy, args=(engine, trusted), daemon=True)
        answers.start()
        _copy(trusted, engine)
        answers.join(30)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
