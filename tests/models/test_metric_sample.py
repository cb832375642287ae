import json

from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.together import together
from webapp.models import MetricSample
from webapp.models.metric_sample import SampleKey

RUNS = SampleKey.of("runs_total", {"status": "ok"})
SECONDS = SampleKey.of("seconds_sum", {})


@BOTH_DATABASES
def test_amounts_of_many_processes_are_summed(app: Flask) -> None:
    def add() -> None:
        for _ in range(5):
            MetricSample.add({SECONDS: 0.5, RUNS: 2})

    together(app, add, 4)

    assert MetricSample.all() == {RUNS: 40, SECONDS: 10}


@BOTH_DATABASES
def test_labels_in_another_order_are_the_same_sample(app: Flask) -> None:
    MetricSample.add({SampleKey.of("runs_total", {"status": "ok", "trigger": "manual"}): 1})
    MetricSample.add({SampleKey.of("runs_total", {"trigger": "manual", "status": "ok"}): 1})

    assert list(MetricSample.all().values()) == [2]


@BOTH_DATABASES
def test_a_model_with_the_longest_name_that_a_monitor_may_have_is_counted(app: Flask) -> None:
    model = "openai:" + "é" * 193
    key = SampleKey.of("tokens_total", {"model": model, "direction": "output"})

    MetricSample.add({key: 1})

    assert MetricSample.all() == {key: 1}
    assert json.loads(key.labels)["model"] == model
