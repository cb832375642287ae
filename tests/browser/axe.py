"""axe-core: what keeps people out of a page, as far as a program can tell."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.parts import require

# `.ci/fetch_axe.sh` reads it here.
VERSION = "4.14.1"
FILE = Path(os.environ.get("AXE_DIST", ".cache/axe/axe.min.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# WCAG 2.5.8 lets the number of a log line be as low as the line is, and a bar of a strip as narrow
# as many Runs beside each other are: whoever cannot hit it has the Monitor's list of Runs.
SMALL = ".strip-run, .log-number"
SCRIPT = """([rules, small]) => {
    axe.configure({rules: [{id: "target-size", selector: `*:not(${small})`}]});
    return axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
}"""


def bring(context: BrowserContext) -> None:
    """Into each page of it, past the pages' own policy."""
    require(FILE.exists(), "axe-core is missing: run .ci/fetch_axe.sh")
    context.add_init_script(path=FILE)


def findings(page: Page) -> list[str]:
    """A line for each element that breaks a rule; none where nothing was found."""
    result: dict[str, Any] = page.evaluate(SCRIPT, [RULES, SMALL])
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
