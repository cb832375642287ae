"""Who may import whom: the contracts in pyproject.toml, and the two thin processes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {"webapp", "webapp.jobs", "webapp.database", "webapp.processes", "rq"}


def test_parts_import_downwards_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize("process", ["worker.py", "scheduler.py"])
def test_a_process_knows_the_app_and_the_queue_and_nothing_below(process: str) -> None:
    foreign = _imported(ROOT / process) - ALLOWED - sys.stdlib_module_names

    assert foreign == set()


def test_what_a_process_imports_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    source = tmp_path / "process.py"
    source.write_text("import os.path\ndef f():\n    from webapp.models import Run\n")

    found = _imported(source)

    assert found == {"os", "webapp.models"}


def _imported(path: Path) -> set[str]:
    """Modules that the file imports anywhere; of the standard library's, the top name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, "a script has no package to be relative to"
            names.add(node.module)
    return {name if name.startswith("webapp") else name.split(".")[0] for name in names}
