from base64 import b64encode
from hashlib import sha384

from flask.testing import FlaskClient

from tests.browser.serving import HTMX_FILE
from tests.pages.making import see
from tests.parts import require
from webapp import htmx


def test_the_hash_in_pages_is_that_of_the_published_file() -> None:
    require(HTMX_FILE.exists(), "htmx is missing: run .ci/fetch_htmx.sh")

    digest = b64encode(sha384(HTMX_FILE.read_bytes()).digest()).decode()

    assert f"sha384-{digest}" == htmx.INTEGRITY


def test_pages_load_htmx_pinned_and_checked(client: FlaskClient) -> None:
    page = see(client, "/")

    assert (
        f'<script src="https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js" '
        f'integrity="{htmx.INTEGRITY}" crossorigin="anonymous" defer></script>' in page
    )
