from flask import current_app, url_for

from webapp.api.endpoint import Answer, endpoint
from webapp.api.lists import Page, page_of
from webapp.api.sent import sent_json
from webapp.found import found
from webapp.models import Target
from webapp.pipeline.look import approve_key, look_at
from webapp.pipeline.offers import offers_on
from webapp.schemas import (
    HostKeyApproval,
    OffersOut,
    TargetCheckOut,
    TargetIn,
    TargetOut,
    validate,
)


@endpoint("GET", "/targets", "List the Targets", query=Page, answers={200: list[TargetOut]})
def list_targets(query: Page) -> Answer:
    return page_of(Target, query)


@endpoint("POST", "/targets", "Create a Target", body=TargetIn, answers={201: TargetOut})
def create_target() -> Answer:
    target = Target.create(validate(TargetIn, sent_json()))
    return Answer(target, 201, {"Location": url_for(".show_target", target_id=target.id)})


@endpoint("GET", "/targets/<id:target_id>", "Show a Target", answers={200: TargetOut})
def show_target(target_id: int) -> Answer:
    return Answer(found(Target, target_id))


@endpoint(
    "PUT PATCH",
    "/targets/<id:target_id>",
    "Change what is named of a Target",
    body=TargetIn,
    answers={200: TargetOut},
)
def change_target(target_id: int) -> Answer:
    target = found(Target, target_id)
    target.change(sent_json())
    return Answer(target)


@endpoint(
    "DELETE",
    "/targets/<id:target_id>",
    "Delete a Target that nothing uses",
    answers={204: None},
)
def delete_target(target_id: int) -> Answer:
    found(Target, target_id).delete()
    return Answer(None, 204)


@endpoint(
    "POST",
    "/targets/<id:target_id>/test",
    "Use a Target now: what it says of itself, or why that failed",
    answers={200: TargetCheckOut},
)
def check_target(target_id: int) -> Answer:
    target = found(Target, target_id)
    return Answer(look_at(target, current_app.extensions["settings"]))


@endpoint(
    "POST",
    "/targets/<id:target_id>/host-key",
    "Trust the machine that shows this host key, and use it",
    body=HostKeyApproval,
    answers={200: TargetCheckOut},
)
def approve_host_key(target_id: int) -> Answer:
    target, approval = found(Target, target_id), validate(HostKeyApproval, sent_json())
    settings = current_app.extensions["settings"]
    return Answer(approve_key(target, approval.fingerprint, settings))


@endpoint(
    "GET",
    "/targets/<id:target_id>/offers",
    "List containers and recent files of a Target, as far as that goes quickly",
    answers={200: OffersOut},
)
def list_offers(target_id: int) -> Answer:
    target = found(Target, target_id)
    return Answer(offers_on(target, current_app.extensions["settings"]))
