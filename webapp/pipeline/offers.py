"""What can be read on a Target, for whoever chooses."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from webapp.config import Settings
from webapp.models import Target
from webapp.models.lookup import look_anew
from webapp.pipeline.kubernetes.trouble import ClusterTrouble
from webapp.pipeline.sources.containers import Container, list_containers
from webapp.pipeline.sources.engine import EngineTrouble
from webapp.pipeline.sources.kubernetes.workloads import Workload, list_workloads
from webapp.pipeline.sources.recent_files import Folder, RecentFile, recent_files
from webapp.pipeline.ssh.engine import engine_here
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.steps import limits_of
from webapp.pipeline.task import host_of
from webapp.pipeline.values import Host
from webapp.schemas.log_source import MODES

# Somebody waits for the list with the cursor in the field.
SECONDS = 2.0
LOGS = Folder(Path("/var/log"), depth=3)


@dataclass(frozen=True)
class Offers:
    """`problems` are sentences on what could not be listed."""

    containers: list[Container] = field(default_factory=list)
    files: list[RecentFile] = field(default_factory=list)
    pods: list[Workload] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def offers_on(target: Target, settings: Settings) -> Offers:
    """The containers of its engine or the pods of its cluster, and of this machine the files."""
    host, modes = host_of(target, settings), MODES[target.type]
    if host.cluster:
        look_anew()  # no connection is held meanwhile
        return _pods(host, settings)
    folders = _folders(target, settings) if "file" in modes and not host.ssh else []
    look_anew()  # no connection is held meanwhile
    containers, problems = _containers(host, settings) if _has_engine(host) else ([], [])
    files = recent_files(folders, settings.files_to_read, SECONDS / 2)
    return Offers(containers, files, problems=problems)


def _pods(host: Host, settings: Settings) -> Offers:
    limits = replace(limits_of(0, settings), timeout_seconds=SECONDS)
    try:
        return Offers(pods=list_workloads(host, limits))
    except ClusterTrouble as trouble:
        return Offers(problems=[f"Pods could not be listed: {trouble}."])


def _has_engine(host: Host) -> bool:
    """A machine without Docker has no socket for it, and nothing is wrong with that."""
    if host.ssh:
        return False  # it would be the engine of this machine
    socket = host.docker_url.removeprefix("unix://")
    return host.kind == "docker_host" or socket == host.docker_url or Path(socket).is_socket()


def _containers(host: Host, settings: Settings) -> tuple[list[Container], list[str]]:
    try:
        with engine_here(host, settings.passed_env, SECONDS) as here:
            return list_containers(here.docker_url, SECONDS / 2), []
    except (EngineTrouble, Trouble) as problem:
        return [], [f"Containers could not be listed: {problem}."]


def _folders(target: Target, settings: Settings) -> list[Folder]:
    """Where logs lie by custom or by LOG_PATHS, and where files lie that are read already."""
    known = {
        Path(source.config["path"]).parent for source in target.log_sources if source.mode == "file"
    }
    named = [Folder(Path(path), LOGS.depth) for path in settings.files_to_read.only]
    return [*(named or [LOGS]), *(Folder(path, depth=0) for path in sorted(known))]
