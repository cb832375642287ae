"""What the service has to do under fire: Monitors, a model, and a visitor of its pages."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.pipeline.analyze.llm_stub import Reply, Stub, good
from tests.rows import A_COMMAND, new_monitor, new_target
from webapp.extensions import writing

INTERVAL_SECONDS = 6
# Each of its Runs kills two workers, and everything that these do.
POISON_SECONDS = 90
MODEL = "openai:stub"
# Commands carry it in their environment, and so do their children.
MARK = "CHAOS_COMMAND"
LLM_SECONDS = 1.0
VISIT_SECONDS = 0.5

KINDS: tuple[dict[str, Any], ...] = (
    {"command": "sleep 0.2; echo all is well"},
    {"command": "sleep 0.4; echo 'ERROR payment failed: timeout'"},
    {"command": "sleep 0.1; echo no such file >&2; exit 3"},
    {"command": "sleep 0.1; echo INFO order 17", "llm_model": MODEL},
    {"command": "echo one; sleep 1 & wait; echo 'FATAL disk full'"},
)


class SlowModel(Stub):
    """Finds an alert in everything, after a while."""

    def __init__(self) -> None:
        super().__init__(good())

    def reply(self) -> Reply:
        time.sleep(LLM_SECONDS)
        return super().reply()


def make_monitors(number: int, mark: str, first: datetime) -> dict[int, datetime]:
    """So many Monitors of all kinds; the first slot of each, by id.

    Their interval is shorter than people may choose.
    """
    target = new_target("fire")
    slots = {}
    for n in range(number):
        slot = first + timedelta(seconds=INTERVAL_SECONDS) * n / number
        kind = KINDS[n % len(KINDS)] | {"target_id": target.id, "name": f"Fire {n}"}
        slots[_make(kind, mark, slot, INTERVAL_SECONDS)] = slot
    return slots


def make_poisoned(mark: str, first: datetime) -> dict[int, datetime]:
    """A Monitor whose command kills its worker; its first slot, by its id."""
    kind = {"command": "kill -9 $PPID", "name": "Poisoned", "target_id": new_target("poison").id}
    return {_make(kind, mark, first, POISON_SECONDS): first}


def _make(kind: dict[str, Any], mark: str, slot: datetime, interval_seconds: int) -> int:
    values = dict(kind)
    item = A_COMMAND | {"command": values.pop("command"), "env": {MARK: mark}}
    name = values["name"].lower().replace(" ", "-")
    told = {
        "email_recipients": [f"{name}@example.com"],
        "notify_on": "all" if name.endswith(("1", "3", "5", "7", "9")) else "alert_only",
    }
    monitor = new_monitor(inputs=[item], notification_config=told, **values)
    with writing():
        monitor.interval_seconds = interval_seconds
        monitor.next_run_at = slot
    return monitor.id


class Visitor(threading.Thread):
    """Looks at the dashboard and runs a Monitor once, again and again, as people do.

    `promised` are the Runs that it was told of; `answers` counts what it got, and `refusals` are
    the texts of what was no success.
    """

    def __init__(self, port: int, monitor_ids: list[int]) -> None:
        super().__init__(daemon=True)
        self.promised: set[int] = set()
        self.answers: Counter[str] = Counter()
        self.refusals: list[str] = []
        self.slowest = 0.0
        self._url = f"http://127.0.0.1:{port}"
        self._ids = monitor_ids
        self._done = threading.Event()

    def run(self) -> None:
        for number in count():
            if self._done.wait(VISIT_SECONDS):
                return
            self._look()
            self._run_once(self._ids[number % len(self._ids)])

    def finish(self) -> None:
        self._done.set()
        self.join(timeout=60)

    def page(self) -> tuple[int, str]:
        """The dashboard: its status and text."""
        return self._ask("/", headers={"Accept": "text/html"})

    def health(self) -> tuple[int, str]:
        return self._ask("/health")

    def _look(self) -> None:
        began = time.monotonic()
        status, body = self.page()
        self.slowest = max(self.slowest, time.monotonic() - began)
        self._note("dashboard", status, body)

    def _run_once(self, monitor_id: int) -> None:
        status, body = self._ask(f"/monitors/{monitor_id}/run-once", method="POST")
        self._note("run-once", status, body)
        if status == 202:
            self.promised.add(json.loads(body)["id"])

    def _note(self, what: str, status: int, body: str) -> None:
        self.answers[f"{what} {status}"] += 1
        if status not in (200, 202):
            self.refusals.append(f"{what} {status}: {body[:300]}")

    def _ask(self, path: str, **options: Any) -> tuple[int, str]:
        request = urllib.request.Request(self._url + path, **options)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""
