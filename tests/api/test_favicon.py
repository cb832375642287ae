from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(("bad", "shown"), [(1, "1"), (9, "9"), (10, "9+"), (250, "9+")])
def test_the_icon_says_how_many_are_bad(client: FlaskClient, bad: int, shown: str) -> None:
    answer = client.get(
        f"/favicon.svg?bad={bad}&worst=alert", headers={"Accept": "image/avif,image/*,*/*;q=0.8"}
    )

    icon = ElementTree.fromstring(answer.data)
    assert answer.mimetype == "image/svg+xml"
    assert [part.text for part in icon if part.tag.endswith("text")] == [shown]


def test_each_state_has_a_colour_of_its_own(client: FlaskClient) -> None:
    icons = {client.get(f"/favicon.svg?bad=1&worst={w}").data for w in ("alert", "error", "warn")}

    assert len(icons) == 3


def test_what_no_page_asks_for_is_refused_in_sentences(client: FlaskClient) -> None:
    answer = client.get("/favicon.svg?bad=none&worst=ok")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["bad", "worst"]
