import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("address", ["/", "/api", "/api/"])
def test_the_index_leads_to_every_collection(client: FlaskClient, address: str) -> None:
    index = client.get(address)

    assert index.json == {
        "targets": "/api/targets",
        "log_sources": "/api/log-sources",
        "monitors": "/api/monitors",
        "tags": "/api/tags",
        "health": "/api/health",
        "metrics": "/api/metrics",
        "openapi": "/api/openapi.json",
    }
    assert {client.get(link).status_code for link in index.json.values()} == {200, 503}
