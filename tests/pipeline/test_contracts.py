"""That each file of the pipeline stands in the import contracts of pyproject.toml."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
# They carry a Run through the database, or open to pages what a Run does, and are no stages.
NO_STAGES = {
    *("budget", "context", "run", "outbox", "reuse", "spending", "steps", "task", "windows"),
    *("asked", "checks", "confinement", "look", "offers", "preview", "recurrence"),
}
STAGES = "Stages know no Flask, no database, no queue, no settings"


def test_every_stage_is_in_the_contracts() -> None:
    parts = {path.stem for path in (ROOT / "webapp/pipeline").iterdir()} - {
        "__init__",
        "__pycache__",
    }

    assert modules_of(STAGES, "source_modules") == parts - NO_STAGES


def modules_of(contract_name: str, key: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"] == contract_name]
    prefix = "webapp.pipeline."
    return {name.removeprefix(prefix) for name in contract[key] if name.startswith(prefix)}
