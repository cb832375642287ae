"""How a Monitor is written: from a starter or another one, previewed, tried, saved."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.forms import MonitorForm
from webapp.forms.base import or_none, typed
from webapp.forms.monitor import interval_in
from webapp.found import found
from webapp.models import LogSource, Monitor, MonitorTag
from webapp.pages.again import Row, changed_by, refuse
from webapp.pages.arguments import id_argument
from webapp.pages.bad_count import BadCount
from webapp.pages.log_view import newest_view_of
from webapp.pages.monitors import blueprint
from webapp.pipeline.preview import Preview, preview, try_out
from webapp.pipeline.rules import Tried, rule_set, try_rules
from webapp.pipeline.sections import evidence
from webapp.schemas import Invalid, MonitorIn, validate
from webapp.schemas.monitor import RulesConfig
from webapp.starters import starters

# How long a browser waits beyond the time that a Run may take.
GRACE_SECONDS = 20
# Of the message to a model; its log is shown above it, and more makes a page slow to open.
MAX_MESSAGE_CHARS = 100_000
# Of lines that rules were tested on; and how many a preview gives.
MAX_TRIED_LINES = 500
PREVIEWED_LINES = 100
# The views that take the form.
SENT_TO = (
    "try_rules_new",
    "try_rules_changed",
    "create",
    "change",
    "preview_new",
    "preview_changed",
    "try_new",
    "try_changed",
)
Page = str | tuple[str, int]


@blueprint.get("/new")
def new() -> str:
    """`?starter=` and `?clone=` fill it; with `?target_id=` or `?log_source_id=` it reads there."""
    chosen = request.args.get("starter")
    return _form(
        _offering(_begun(chosen)),
        starters=starters(),
        chosen=chosen,
        cloned="clone" in request.args,
    )


@blueprint.post("")
def create() -> Response | Page:
    form = _sent()
    if form.rearranged():
        return _rearranged(form)
    try:
        monitor = Monitor.create(validate(MonitorIn, form.to_payload()), utc_now())
    except Invalid as invalid:
        return _refused(form, invalid)
    flash(f"Monitor “{monitor.name}” is saved.")
    return _to(monitor)


@blueprint.get("/<id:monitor_id>/edit")
def edit(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    return _form(_offering(MonitorForm.of(_fields(monitor))), monitor)


@blueprint.post("/<id:monitor_id>")
def change(monitor_id: int) -> Response | Page:
    monitor = found(Monitor, monitor_id)
    form = _sent()
    if form.rearranged():
        return _rearranged(form, monitor)
    try:
        monitor.change(form.to_payload(), utc_now())
    except Invalid as invalid:
        return _refused(form, invalid, monitor)
    flash(f"Monitor “{monitor.name}” is changed.")
    return _to(monitor)


@blueprint.get("/interval-words")
def interval_words() -> str:
    seconds = interval_in(request.args.get("interval_seconds"))
    return render_template("monitors/_interval-words.html", seconds=seconds)


@blueprint.get("/offers")
def offers() -> Response | tuple[str, int]:
    """What can be read on the Target that the form names; nothing where it names none."""
    form = _offering(
        MonitorForm(
            (), target=request.args.get("target"), log_source=request.args.get("log_source")
        )
    )
    source = LogSource.get(form.log_source.chosen) if form.log_source.chosen else None
    target_id = form.target.chosen or (source and source.target_id)
    if not target_id:
        return "", 204
    return redirect(url_for("targets.offers", target_id=target_id))


@blueprint.post("/preview")
def preview_new() -> Page:
    return _shown(preview)


@blueprint.post("/<id:monitor_id>/preview")
def preview_changed(monitor_id: int) -> Page:
    return _shown(preview, found(Monitor, monitor_id))


@blueprint.post("/try")
def try_new() -> Page:
    return _shown(try_out)


@blueprint.post("/<id:monitor_id>/try")
def try_changed(monitor_id: int) -> Page:
    return _shown(try_out, found(Monitor, monitor_id))


@blueprint.post("/rules")
def try_rules_new() -> Page:
    return _ruled()


@blueprint.post("/<id:monitor_id>/rules")
def try_rules_changed(monitor_id: int) -> Page:
    return _ruled(found(Monitor, monitor_id))


def again(code: int, sentence: str) -> str:
    """The form as it was sent, with the sentence on top."""
    form = MonitorForm()
    refuse(form, code, sentence)
    monitor = changed_by(form, code, "monitor_id")
    return _drawn(form, monitor, known_tags=(), bad_count=BadCount)


def _shown(show: Callable[..., Preview], monitor: Monitor | None = None) -> Page:
    """The form as it was sent, with what it would do; nothing is saved."""
    form = _sent()
    settings = current_app.extensions["settings"]
    try:
        if monitor:
            data = MonitorIn.changed(monitor, form.to_payload())
            shown = show(data, settings, monitor.id)
        else:
            shown = show(validate(MonitorIn, form.to_payload()), settings)
    except Invalid as invalid:
        return _refused(form, invalid, monitor)
    _with_lines(form, shown)
    labels = [item["label"] for item in shown.inputs]
    findings = (shown.outcome or {}).get("findings", ())
    log = newest_view_of(shown.logs_text, labels, findings)
    return _form(form, monitor, preview=shown, log=log)


def _ruled(monitor: Monitor | None = None) -> Page:
    """What the rules of the form make of the lines beside them; nothing is saved."""
    form = _sent()
    try:
        rules = rule_set(**validate(RulesConfig, form.rules()).model_dump())
    except Invalid as invalid:
        form.show(invalid)
        return _rules(form, monitor, None), 422
    tried = try_rules(rules, typed(form.rule_lines)) if or_none(form.rule_lines) else []
    return _rules(form, monitor, tried)


def _rules(form: MonitorForm, monitor: Monitor | None, tried: list[Tried] | None) -> str:
    """The section alone where htmx asks, else the whole form."""
    shown = {"tried": tried, "max_tried_lines": MAX_TRIED_LINES}
    if "HX-Request" in request.headers:
        return render_template("monitors/_rules.html", form=form, monitor=monitor, **shown)
    return _form(form, monitor, **shown)


def _with_lines(form: MonitorForm, shown: Preview) -> None:
    """What was read, to test rules on, unless somebody pasted lines."""
    if not or_none(form.rule_lines):
        labels = [item["label"] for item in shown.inputs]
        read = evidence(shown.raw_text or shown.logs_text, labels)
        form.rule_lines.data = "\n".join([line.text for line in read][-PREVIEWED_LINES:])


def _rearranged(form: MonitorForm, monitor: Monitor | None = None) -> str:
    """The Inputs alone where htmx asks, else the whole form; nothing is judged or saved."""
    if "HX-Request" in request.headers:
        return render_template("monitors/_inputs.html", form=form, monitor=monitor)
    return _form(form, monitor)


def _refused(form: MonitorForm, invalid: Invalid, monitor: Monitor | None = None) -> Page:
    form.show(invalid)
    return _form(form, monitor), 422


def _sent() -> MonitorForm:
    """As the browser sent it."""
    return _offering(MonitorForm())


def _offering(form: MonitorForm) -> MonitorForm:
    """With what may be picked, by which alone the form knows rows by their names."""
    form.offer()
    return form


def _form(form: MonitorForm, monitor: Monitor | None = None, **shown: object) -> str:
    return _drawn(form, monitor, known_tags=MonitorTag.numbers(), **shown)


def _drawn(form: MonitorForm, monitor: Monitor | Row | None, **shown: object) -> str:
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "monitors/form.html",
        form=form,
        monitor=monitor,
        default_model=settings.llm_model,
        patience_seconds=settings.run_timeout_seconds + GRACE_SECONDS,
        max_message_chars=MAX_MESSAGE_CHARS,
        **shown,
    )


def _begun(starter: str | None) -> MonitorForm:
    clone, target_id = id_argument("clone"), id_argument("target_id")
    if clone:
        original = found(Monitor, clone)
        return MonitorForm.of(_fields(original) | {"name": f"Copy of {original.name}"})
    if starter:
        return MonitorForm.of(_started(starter) | {"target_id": target_id})
    return MonitorForm.blank(target_id, id_argument("log_source_id"))


def _started(name: str) -> dict[str, Any]:
    """The fields of a Monitor as the starter has them. Raises NotFound."""
    starter = starters().get(name)
    if starter is None:
        raise NotFound(f"There is no starter “{name}”. There are {', '.join(starters())}.")
    return starter.model_dump() | {"name": starter.title}


def _fields(monitor: Monitor) -> dict[str, object]:
    return {name: getattr(monitor, name) for name in MonitorIn.model_fields}


def _to(monitor: Monitor) -> Response:
    return redirect(url_for("monitors.show", monitor_id=monitor.id), 303)
