"""What leaves the service is as small as the asker can read."""

import gzip

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, make_monitor, make_run, make_target


def a_full_page(client: FlaskClient, **asked: str) -> tuple[str | None, bytes]:
    response = client.get("/", headers=BROWSER | asked)
    assert "Accept-Encoding" in response.vary
    return response.headers.get("Content-Encoding"), response.data


@pytest.fixture(autouse=True)
def _monitors(client: FlaskClient) -> None:
    target = make_target()
    for number in range(10):
        make_run(make_monitor(target, name=f"m{number}"), "ok", summary="All quiet.")


@pytest.mark.parametrize(
    ("asked", "used"), [("gzip, deflate, br, zstd", "zstd"), ("gzip", "gzip"), ("", None)]
)
def test_a_page_comes_in_the_quickest_way_that_is_understood(
    client: FlaskClient, asked: str, used: str | None
) -> None:
    encoding, body = a_full_page(client, **{"Accept-Encoding": asked})

    assert encoding == used
    assert (len(body) < 6000) is (used is not None)


def test_it_is_the_same_page(client: FlaskClient) -> None:
    _, packed = a_full_page(client, **{"Accept-Encoding": "gzip"})

    page = gzip.decompress(packed).decode()

    assert page.startswith("<!doctype html>")
    assert "m9" in page


def test_what_is_small_is_left_as_it_is(client: FlaskClient) -> None:
    response = client.get("/api", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in response.headers
