"""One thing done with many Monitors; each as if it were the only one."""

from collections.abc import Callable
from datetime import datetime

from webapp import jobs
from webapp.jobs import Doorbell
from webapp.models import Monitor
from webapp.schemas import BulkIn, BulkOut, Invalid

Do = Callable[[Monitor, BulkIn, datetime, Doorbell], object]

ACTIONS: dict[str, Do] = {
    "run": lambda monitor, _sent, _now, doorbell: jobs.start(monitor.id, "manual", doorbell),
    "pause": lambda monitor, _sent, _now, _: monitor.pause(),
    "resume": lambda monitor, _sent, now, _: monitor.resume(now),
    "mute": lambda monitor, sent, now, _: monitor.mute(now, sent.until(now)),
    "unmute": lambda monitor, _sent, _now, _: monitor.unmute(),
    "tag": lambda monitor, sent, _now, _: monitor.retag(add=[sent.tag or ""]),
    "untag": lambda monitor, sent, _now, _: monitor.retag(remove=[sent.tag or ""]),
    "delete": lambda monitor, _sent, _now, _: monitor.delete(),
}


def carry_out(sent: BulkIn, now: datetime, doorbell: Doorbell) -> BulkOut:
    out = BulkOut(done=[], missing=[], refused={})
    for monitor_id in dict.fromkeys(sent.ids):
        monitor = Monitor.get(monitor_id)
        if monitor is None:
            out.missing.append(monitor_id)
            continue
        try:
            ACTIONS[sent.action](monitor, sent, now, doorbell)
        except Invalid as refusal:
            out.refused[monitor_id] = refusal.errors[0].message
        else:
            out.done.append(monitor_id)
    return out
