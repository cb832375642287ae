"""The lists in the documents are those of the code."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from flask import Flask
from prometheus_client.metrics import MetricWrapperBase

from webapp import metrics
from webapp.api.openapi import document
from webapp.config import Settings
from webapp.gauges import GAUGES, Gauge

METRICS = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_variable_stands_in_the_configuration_with_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*", (ROOT / "docs/configuration.md").read_text(), re.M)
    told = [row for row in (ROOT / "docs/configuration.md").read_text().split("\n") if row]

    expected = [_row(name) for name in Settings.model_fields]

    assert rows == [name.upper() for name in Settings.model_fields]
    assert [row for row in expected if row not in told] == []


def test_every_endpoint_stands_in_the_list_of_endpoints(app: Flask) -> None:
    told = set(_told_endpoints((ROOT / "docs/api.md").read_text()))

    described = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method in methods
    }

    assert told == described


def test_every_metric_stands_in_its_list_with_type_labels_and_meaning(app: Flask) -> None:
    told = re.findall(r"^\| `log_monitor.*", (ROOT / "docs/metrics.md").read_text(), re.M)

    assert told == [*map(_counted, METRICS), *map(_gauge, GAUGES)]


def test_the_metrics_of_the_examples_are_there() -> None:
    text = (ROOT / "docs/metrics.md").read_text()

    named = set(re.findall(r"log_monitor_\w+", text))

    families = [metric.describe()[0] for metric in METRICS]
    written = {family.name + suffix for family in families for suffix in ("", "_total", "_bucket")}
    assert named <= written | {gauge.name for gauge in GAUGES}


def test_every_direct_dependency_is_explained_and_no_other() -> None:
    explained = re.findall(
        r"^\| ([a-z0-9, -]+) \| ", (ROOT / "docs/dependencies.md").read_text(), re.M
    )

    names = [name for row in explained for name in row.split(", ") if name != "package"]

    assert sorted(names) == sorted(_pinned())


def test_every_link_and_picture_of_the_documents_is_there() -> None:
    targets = [
        (document.name, document.parent / target)
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^):#]+)\)", document.read_text())
    ]

    assert [(name, target.name) for name, target in targets if not target.exists()] == []


def test_no_document_has_a_gap_that_is_still_to_be_filled() -> None:
    gaps = {
        document.name: found
        for document in DOCUMENTS
        if (found := re.findall(r"<!--.*|^\|[-:| ]+\|\n(?!\|)", document.read_text(), re.M))
    }

    assert gaps == {}


def test_every_make_target_of_the_contributors_page_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))

    named = set(re.findall(r"^make ([a-z]+)", text, re.M))

    assert {"test", "check"} <= named <= targets


def test_every_sentence_of_a_part_that_fails_is_explained() -> None:
    code = (ROOT / "webapp/health.py").read_text() + (ROOT / "webapp/jobs/doorbell.py").read_text()
    told = (ROOT / "docs/operations.md").read_text()
    said = re.findall(r'(?:ok=False, message=|sentence = |return QueueDown\()f?"([^"]+)"', code)

    sentences = {
        re.sub(r"\{[^}]*\}\.?", "…", text.replace("{QUEUE_SECONDS}", "3")) for text in said
    }

    assert len(sentences) >= 7
    assert [text for text in sentences if text not in told] == []


def test_every_setting_that_the_operators_page_names_is_one() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    known = {name.upper() for name in Settings.model_fields}
    # Of compose.yaml, and of Valkey.
    others = {"SUBNET", "FLUSHALL"}

    named = set(re.findall(r"`([A-Z][A-Z_]{3,})`", text))

    assert named - known == others


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert document()["info"]["version"] == project["version"]


def _row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "" if field.default in (None, "", {}) else f"`{_shown(field.default)}`"
    return f"| `{name.upper()}` | {default} | {field.description} |"


def _counted(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    name = family.name + ("_total" if family.type == "counter" else "")
    return _metric_row(name, family.type, metric._labelnames, family.documentation)


def _gauge(gauge: Gauge) -> str:
    return _metric_row(gauge.name, "gauge", gauge.labels, gauge.meaning)


def _metric_row(name: str, kind: str, labels: Iterable[str], meaning: str) -> str:
    return f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {meaning} |"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _told_endpoints(text: str) -> list[tuple[str, str]]:
    return [
        (method, path)
        for methods, path in re.findall(r"`((?:[A-Z]+ )+)(/api[^` ]*)`", text)
        for method in methods.split()
    ]


def _pinned() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [re.split(r"[=\[]", line)[0] for line in lines if line and not line.startswith("#")]
