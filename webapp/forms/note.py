from collections.abc import Mapping
from typing import Any, Self

from wtforms import HiddenField, StringField, TextAreaField

from webapp.forms.base import NumberBox, SchemaForm, or_none, typed
from webapp.schemas.note import NoteIn

DAYS = NoteIn.model_fields["expires_in_days"].default


class SaidForm(SchemaForm):
    """Of a whole Run."""

    reason = TextAreaField(
        "Why",
        description="For whoever reads it later, and for the model. For example: The nightly "
        "backup fills the disk for a minute",
        render_kw={"rows": 3},
    )
    author = StringField("Who says so", description="Your name. For example: Ada")
    expires_in_days = StringField(
        "Days that it holds",
        widget=NumberBox(),
        default=str(DAYS),
        description="From now; empty: for ever. For example: 30",
    )

    def to_payload(self) -> dict[str, Any]:
        return {
            "reason": typed(self.reason),
            "author": typed(self.author).strip(),
            "expires_in_days": or_none(self.expires_in_days),
        }


class NoteForm(SaidForm):
    kind = HiddenField(default="noise")
    fingerprint = HiddenField()
    run = HiddenField()

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """From the fields of a note, as its schema has them."""
        days, run_id = fields.get("expires_in_days", DAYS), fields.get("run_id")
        return cls(
            kind=fields["kind"],
            fingerprint=fields.get("fingerprint"),
            run=str(run_id) if run_id else None,
            reason=fields.get("reason"),
            author=fields.get("author"),
            expires_in_days=str(days) if days else "",
        )

    def to_payload(self) -> dict[str, Any]:
        return super().to_payload() | {
            "kind": self.kind.data,
            "fingerprint": or_none(self.fingerprint),
            "run_id": or_none(self.run),
        }
