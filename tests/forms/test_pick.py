"""A row is named as people know it, and no other row is ever taken for it."""

from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.rows import new_source, new_target
from webapp.forms import MonitorForm
from webapp.forms.pick import MOST_OFFERED


def offering(app: Flask, **typed: str | int | None) -> MonitorForm:
    with app.test_request_context():
        form = MonitorForm((), **typed)
        form.offer()
        return form


def test_a_name_that_one_row_has_is_enough(app: Flask) -> None:
    web, db = new_target("web"), new_target("db")
    source = new_source(db, "syslog")

    form = offering(app, target=" web ", log_source="syslog")

    assert (form.target.sent, form.log_source.sent) == (web.id, source.id)
    assert [(one.called, one.about) for one in form.log_source.offered] == [("syslog", "on db")]


def test_rows_that_share_a_name_are_told_apart_by_their_ids(app: Flask) -> None:
    first, second = new_target("web"), new_target("web")
    named = {row.id: f"web (id {row.id})" for row in (first, second)}

    by_name = offering(app, target="web")
    by_id = offering(app, target=named[second.id])

    assert [one.called for one in by_name.target.offered] == list(named.values())
    assert by_name.target.problem == "More than one Target is called “web”. Choose from the list."
    assert by_id.target.sent == second.id


def test_a_number_is_a_name_and_never_an_id(app: Flask) -> None:
    target = new_target("web")

    form = offering(app, target=str(target.id))

    assert form.target.chosen is None
    assert form.target.sent == f"“{target.id}”"


def test_a_row_that_stands_there_already_is_shown_by_its_name(app: Flask) -> None:
    new_target("web")
    target = new_target("db")

    assert offering(app, target=target.id).target.data == "db"
    assert offering(app, target=None).target.data is None


def test_nothing_typed_names_nothing_and_is_no_problem(app: Flask) -> None:
    new_target("web")

    form = offering(app, target=" ")

    assert (form.target.sent, form.target.problem) == (None, None)


def test_the_list_is_bounded_and_says_so(app: Flask) -> None:
    rows = [new_target(f"web-{number:02}") for number in range(MOST_OFFERED + 1)]

    form = offering(app, target=rows[-1].name)

    assert [one.id for one in form.target.offered] == [row.id for row in rows[:-1]]
    assert "The list has 50 of them; the name of any other can be typed" in form.target.description
    assert form.target.sent == rows[-1].id


def test_a_list_that_is_whole_says_nothing_of_itself(app: Flask) -> None:
    new_target("web")

    assert "The list has" not in offering(app).target.description


def test_a_name_with_the_id_of_another_names_nothing(app: Flask) -> None:
    web, db = new_target("web"), new_target("db")

    assert offering(app, target=f"web (id {db.id})").target.chosen is None
    assert offering(app, target=f"web (id {web.id})").target.chosen == web.id


@BOTH_DATABASES
def test_an_id_that_no_row_can_have_names_nothing(app: Flask) -> None:
    new_target("web")

    form = offering(app, target="web (id 99999999999)")

    assert form.target.problem == (
        "There is no Target “web (id 99999999999)”. Choose one from the list."
    )
