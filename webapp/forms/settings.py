from typing import Any

from wtforms import StringField

from webapp.forms.base import SchemaForm, or_none


class _TestForm(SchemaForm):
    def to_payload(self) -> dict[str, Any]:
        return {"recipient": or_none(self.recipient)}


class MailTestForm(_TestForm):
    recipient = StringField(
        "Send a test to",
        id="mail-recipient",
        description="For example: ops@example.com",
        render_kw={"inputmode": "email", "autocomplete": "email"},
    )


class SmsTestForm(_TestForm):
    recipient = StringField(
        "Send a test to",
        id="sms-recipient",
        description="For example: +15551234567",
        render_kw={"inputmode": "tel", "autocomplete": "tel"},
    )
