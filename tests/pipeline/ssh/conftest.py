import pytest

from tests.ssh_server import SshServer


@pytest.fixture
def server(sshd: SshServer) -> SshServer:
    return sshd
