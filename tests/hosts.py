"""Machines of a network that a test makes: containers of a real Docker engine, from nothing but
this machine's own files."""

import io
import secrets
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from docker.models.networks import Network

from tests.engine import docker_client
from tests.parts import require
from tests.service import ROOT

# What a system consists of; on many of them some are links to others.
SYSTEM = [Path(path) for path in ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc")]
PYTHON = [Path(sys.base_prefix), Path(sys.prefix).resolve(), ROOT]
NOBODY = 65534
IPTABLES = "/usr/sbin/iptables"


class Hosts:
    """Machines that see each other and nobody else; each runs one command, not as root."""

    def __init__(self, client: docker.DockerClient, network: Network, image: str) -> None:
        self._client = client
        self._network = network
        self._image = image
        self._containers: list[Container] = []

    @property
    def subnet(self) -> str:
        subnet: str = self._network.attrs["IPAM"]["Config"][0]["Subnet"]
        return subnet

    def start(self, name: str, command: list[str], **variables: str) -> Container:
        """A machine that the others know by this name."""
        container = self._client.containers.create(
            self._image,
            command,
            hostname=name,
            network=self._network.name,
            networking_config={
                self._network.name: self._client.api.create_endpoint_config(aliases=[name])
            },
            user=str(NOBODY),
            working_dir=str(ROOT),
            environment={
                "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
                "HOME": "/data",
                "TMPDIR": "/data",
            }
            | variables,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            tmpfs={"/data": f"uid={NOBODY},mode=0700"},
            volumes=_mounted(),
        )
        self._containers.append(container)
        container.start()
        return container

    def address(self, container: Container) -> str:
        container.reload()
        networks = container.attrs["NetworkSettings"]["Networks"]
        address: str = networks[self._network.name]["IPAddress"]
        return address

    def cut(self, container: Container) -> None:
        """Let no packet in or out, and say so to nobody: as when a cable is pulled."""
        self._filter(container, "--append")

    def heal(self, container: Container) -> None:
        self._filter(container, "--delete")

    def _filter(self, container: Container, change: str) -> None:
        for chain, interface in (("OUTPUT", "--out-interface"), ("INPUT", "--in-interface")):
            self._client.containers.run(
                self._image,
                [IPTABLES, change, chain, interface, "eth0", "--jump", "DROP"],
                network_mode=f"container:{container.id}",
                cap_drop=["ALL"],
                cap_add=["NET_ADMIN", "NET_RAW"],
                tmpfs={"/run": ""},  # where it has its lock
                volumes=_mounted(),
                remove=True,
            )

    def remove(self) -> None:
        for container in self._containers:
            container.remove(force=True, v=True)


@contextmanager
def network_of_hosts() -> Iterator[Hosts]:
    """An empty network; nothing of it and of its machines is left at the end."""
    client = docker_client(timeout=60)
    require(Path(IPTABLES).exists(), "no iptables")
    name = f"ai-log-monitor-hosts-{secrets.token_hex(4)}"
    client.api.import_image_from_data(_links(), repository=name)
    network = client.networks.create(name, driver="bridge", internal=True)
    network.reload()
    hosts = Hosts(client, network, name)
    try:
        yield hosts
    finally:
        hosts.remove()
        network.remove()
        client.images.remove(name, force=True)
        client.close()


def _links() -> bytes:
    """An image that has no file: only those names of the system that are links to others."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in SYSTEM:
            if path.is_symlink():
                tar.add(path, path.name)
    return archive.getvalue()


def _mounted() -> dict[str, dict[str, Any]]:
    """This machine's own files, to be read."""
    real = [path for path in (*SYSTEM, *PYTHON) if path.is_dir() and not path.is_symlink()]
    return {str(path): {"bind": str(path), "mode": "ro"} for path in real}
