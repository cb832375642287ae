"""What an Input may read: a new mode is a file here, a line in READERS, and a test."""

from collections.abc import Callable, Mapping

from webapp.pipeline.sources.command import read_command
from webapp.pipeline.sources.docker_logs import read_docker_logs
from webapp.pipeline.sources.file import read_file
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec

# The limits are those of this Input: `timeout_seconds` is its own where it has one.
Reader = Callable[[Host, InputSpec, GatherLimits], CommandResult]

READERS: Mapping[str, Reader] = {
    "command": read_command,
    "docker_logs": read_docker_logs,
    "file": read_file,
}
