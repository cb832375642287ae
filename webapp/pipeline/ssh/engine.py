"""A Docker engine on another machine: its socket, by the connection that commands there share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from webapp.pipeline.hosts import environment_of_client
from webapp.pipeline.ssh.connections import forwarded
from webapp.pipeline.values import Host


@contextmanager
def engine_here(host: Host, passed_env: Mapping[str, str], seconds: float) -> Iterator[Host]:
    """The host with a socket of this machine for its engine; as it is where it needs none.

    So whatever speaks to an engine needs to know nothing of SSH. Raises Trouble.
    """
    if host.engine_on is None:
        yield host
        return
    variables = environment_of_client(passed_env)
    with forwarded(host.engine_on, host.engine_path, variables, seconds) as socket:
        yield replace(host, docker_url=f"unix://{socket}", engine_on=None)


def told_of(host: Host, here: Host, sentence: str | None) -> str | None:
    """By the engine's own address, and not by that of its socket here."""
    return sentence and sentence.replace(here.docker_url, host.docker_url)
