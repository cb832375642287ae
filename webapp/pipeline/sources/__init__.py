"""What an Input may read: a new mode is a file here, a line in KINDS, and a test."""

from collections.abc import Mapping

from webapp.pipeline.sources import docker_logs, file, http, journald, kubernetes
from webapp.pipeline.sources.command import read_command
from webapp.pipeline.sources.kind import Kind, Reader

KINDS: Mapping[str, Kind] = {
    "docker_logs": docker_logs.KIND,
    "file": file.KIND,
    "http": http.KIND,
    "journald": journald.KIND,
    "kubernetes": kubernetes.KIND,
}
READERS: Mapping[str, Reader] = {
    "command": read_command,
    **{mode: kind.read for mode, kind in KINDS.items()},
}
