"""What an address names: its ids, and the rows by them."""

from typing import Protocol, Self, TypeVar

from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter, ValidationError

from webapp.fields import MAX_ID
from webapp.models import Correction, Note, Notification, PastFinding, Run
from webapp.schemas.monitor import MAX_TAG_CHARS, TAG_PATTERN


class Row(Protocol):
    """A model whose rows have ids."""

    @classmethod
    def get(cls, row_id: int) -> Self | None: ...


Found = TypeVar("Found", bound=Row)


class IdConverter(BaseConverter):
    """An id as the database counts them: what can be none is found nowhere."""

    regex = "[1-9][0-9]{0,9}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MAX_ID:
            raise ValidationError
        return number


class TagConverter(BaseConverter):
    """A tag as Monitors have it, in small letters; what can be none is found nowhere."""

    regex = TAG_PATTERN.strip("^$")

    def to_python(self, value: str) -> str:
        if len(value) > MAX_TAG_CHARS:
            raise ValidationError
        return value.lower()


def register(app: Flask) -> None:
    """Let rules say `<id:monitor_id>` and `<tag:tag>`."""
    app.url_map.converters |= {"id": IdConverter, "tag": TagConverter}


def found(model: type[Found], row_id: int) -> Found:
    """Raises NotFound with a sentence that names the noun."""
    row = model.get(row_id)
    if row is None:
        raise NotFound(f"There is no {model.__name__} {row_id}.")
    return row


def found_notification(run_id: int, notification_id: int) -> Notification:
    """One of that Run's. Raises NotFound."""
    notification = Notification.of_run(run_id, notification_id)
    if notification is None:
        raise NotFound(f"Run {run_id} has no Notification {notification_id}.")
    return notification


def found_past_finding(monitor_id: int, finding_id: int) -> PastFinding:
    """One of that Monitor's. Raises NotFound."""
    finding = PastFinding.get(finding_id)
    if finding is None or finding.monitor_id != monitor_id:
        raise NotFound(f"Monitor {monitor_id} has no finding {finding_id}.")
    return finding


def found_note(monitor_id: int, note_id: int) -> Note:
    """One of that Monitor's. Raises NotFound."""
    note = Note.get(note_id)
    if note is None or note.monitor_id != monitor_id:
        raise NotFound(f"Monitor {monitor_id} has no note {note_id}.")
    return note


def found_correction(run_id: int, correction_id: int) -> Correction:
    """One of that Run's. Raises NotFound."""
    correction = Correction.of_run(run_id, correction_id)
    if correction is None:
        raise NotFound(f"Run {run_id} has no correction {correction_id}.")
    return correction


def found_with_previous(run_id: int) -> tuple[Run, Run]:
    """A Run that has ended, and the one before it to compare it with. Raises NotFound."""
    run = found(Run, run_id)
    if run.live:
        raise NotFound(f"Run {run_id} has not ended yet, so nothing can be said to have changed.")
    previous = run.previous_ended()
    if previous is None:
        raise NotFound(f"No Run of its Monitor before Run {run_id} is kept to compare it with.")
    return run, previous
