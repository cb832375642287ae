"""Fields, labels and help; what is valid the schemas say, and their errors show at the field."""

from webapp.forms.log_source import LogSourceForm
from webapp.forms.monitor import MonitorForm
from webapp.forms.settings import MailTestForm, SmsTestForm
from webapp.forms.target import TargetForm

__all__ = ["LogSourceForm", "MailTestForm", "MonitorForm", "SmsTestForm", "TargetForm"]
