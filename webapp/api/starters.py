from webapp.api.endpoint import Answer, endpoint
from webapp.schemas import Starter
from webapp.starters import starters


@endpoint("GET", "/starters", "List the Monitors to start from", answers={200: list[Starter]})
def list_starters() -> Answer:
    return Answer(list(starters().values()))
