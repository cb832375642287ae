import io
import os
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from tests.engine import docker_client
from tests.parts import require

_BUSYBOX = Path("/bin/busybox")
# Other processes that test make an image of their own.
_IMAGE = f"ai-log-monitor-test-{secrets.token_hex(4)}"
_NOBODY = 65534


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A running Docker engine, with an image that holds nothing but busybox."""
    client = docker_client(timeout=30)
    require(_BUSYBOX.exists(), "no /bin/busybox (Debian: busybox-static)")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(_BUSYBOX, "bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    client.api.import_image_from_data(archive.getvalue(), repository=_IMAGE)
    yield client
    client.images.remove(_IMAGE, force=True)
    client.close()


@pytest.fixture
def printed_by(engine: docker.DockerClient):  # type: ignore[no-untyped-def]
    """A function: the container that ran a shell script to its end, made as the rest says."""
    containers: list[Container] = []

    def start(script: str, **made: Any) -> Container:
        container = engine.containers.create(
            _IMAGE, ["/bin/sh", "-c", script], network_mode="none", **made
        )
        containers.append(container)
        container.start()
        container.wait(timeout=30)
        return container

    yield start
    for container in containers:
        with suppress(docker.errors.NotFound):  # a test may have removed it
            container.remove(force=True)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's rights, which would open everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
