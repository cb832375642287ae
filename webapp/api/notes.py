from flask import url_for

from webapp.api.endpoint import Answer, endpoint
from webapp.api.sent import sent_json
from webapp.clock import utc_now
from webapp.found import found, found_note
from webapp.models import Monitor, Note
from webapp.schemas import validate
from webapp.schemas.note import NoteIn, NoteOut


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/notes",
    "List what people said of a Monitor's findings and Runs, the newest first",
    answers={200: list[NoteOut]},
)
def list_notes(monitor_id: int) -> Answer:
    found(Monitor, monitor_id)
    return Answer(Note.of(monitor_id))


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/notes",
    "Say that a finding is noise, or that something was missed",
    body=NoteIn,
    answers={201: NoteOut},
)
def create_note(monitor_id: int) -> Answer:
    found(Monitor, monitor_id)
    note = Note.create(monitor_id, validate(NoteIn, sent_json()), utc_now())
    address = url_for(".show_note", monitor_id=monitor_id, note_id=note.id)
    return Answer(note, 201, {"Location": address})


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/notes/<id:note_id>",
    "Show a note",
    answers={200: NoteOut},
)
def show_note(monitor_id: int, note_id: int) -> Answer:
    return Answer(found_note(monitor_id, note_id))


@endpoint(
    "PUT PATCH",
    "/monitors/<id:monitor_id>/notes/<id:note_id>",
    "Change what is named of a note",
    body=NoteIn,
    answers={200: NoteOut},
)
def change_note(monitor_id: int, note_id: int) -> Answer:
    note = found_note(monitor_id, note_id)
    note.change(sent_json(), utc_now())
    return Answer(note)


@endpoint(
    "DELETE",
    "/monitors/<id:monitor_id>/notes/<id:note_id>",
    "Delete a note, so that it holds no longer",
    answers={204: None},
)
def delete_note(monitor_id: int, note_id: int) -> Answer:
    found_note(monitor_id, note_id).delete()
    return Answer(None, 204)
