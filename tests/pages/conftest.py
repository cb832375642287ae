import pytest
from flask.testing import FlaskClient

from tests.pages.making import make_target
from webapp.models import Target


@pytest.fixture
def target(client: FlaskClient) -> Target:
    """This machine."""
    return make_target()
