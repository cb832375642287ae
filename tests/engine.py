"""The Docker engine of this machine."""

from os import environ

import docker  # type: ignore[import-untyped]

from tests.parts import require
from webapp.pipeline.sources.engine import EngineTrouble, look_at_engine


def docker_client(timeout: float) -> docker.DockerClient:
    """Where there is no engine the test is skipped."""
    try:
        look_at_engine(environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"), timeout)
    except EngineTrouble as trouble:
        require(False, f"no Docker engine: {trouble}")
    return docker.from_env(timeout=timeout)
