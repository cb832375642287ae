from webapp.api.endpoint import Answer, endpoint
from webapp.api.sent import sent_json
from webapp.pipeline.rules import rule_set, try_rules
from webapp.schemas import validate
from webapp.schemas.rules import RulesTestIn, TriedOut


@endpoint(
    "POST",
    "/rules/test",
    "See which lines rules would drop, and which they would alert on",
    body=RulesTestIn,
    answers={200: list[TriedOut]},
)
def test_rules() -> Answer:
    data = validate(RulesTestIn, sent_json())
    return Answer(try_rules(rule_set(**data.rules.model_dump()), data.text))
