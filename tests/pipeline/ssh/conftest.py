import threading
from collections.abc import Iterator

import pytest

from tests.ssh_server import SshServer, ssh_server
from tests.waiting import until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("ssh") / "server") as running:
        yield running
    until(lambda: not any(thread.name == "ssh" for thread in threading.enumerate()))
