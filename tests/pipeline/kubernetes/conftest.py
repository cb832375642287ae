import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import require
from tests.pipeline.kubernetes.made_up import MadeUp, api_server, kubeconfig
from webapp.pipeline.values import Cluster, Host


@pytest.fixture(autouse=True)
def _kubectl() -> None:
    require(shutil.which("kubectl") is not None, "kubectl is not installed")
    require(shutil.which("openssl") is not None, "openssl is not installed")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[MadeUp]:
    with api_server(tmp_path) as made_up:
        yield made_up


@pytest.fixture
def host(api: MadeUp, tmp_path: Path) -> Host:
    file = kubeconfig(tmp_path, api.url, api.ca)
    return Host("kubernetes", cluster=Cluster("default", str(file)))
