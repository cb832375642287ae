import re

from flask.testing import FlaskClient

from tests.pages.making import make_monitor, see
from webapp.models import Target


def test_a_monitor_tells_its_addresses_for_other_places(
    client: FlaskClient, target: Target
) -> None:
    monitor = make_monitor(target, tags=["prod"])

    page = see(client, f"/monitors/{monitor.id}")

    addresses = re.findall(r'<code class="address">http://127.0.0.1:8000(.*?)</code>', page)
    assert addresses == [
        f"/monitors/{monitor.id}/badge.svg",
        f"/monitors/{monitor.id}/status",
        f"/monitors/{monitor.id}/status?fail=alert",
        f"/monitors/{monitor.id}/feed.atom",
        "/tags/prod/badge.svg",
    ]
    assert {client.get(address).status_code for address in addresses} == {200}
