"""Where logs live: a new type of Target is a file here, a line in KINDS, and a test."""

from collections.abc import Mapping

from webapp.pipeline.targets import docker_host, kubernetes, local, ssh
from webapp.pipeline.targets.kind import Kind

KINDS: Mapping[str, Kind] = {
    "local": local.KIND,
    "docker_host": docker_host.KIND,
    "ssh": ssh.KIND,
    "kubernetes": kubernetes.KIND,
}
