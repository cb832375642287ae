"""A machine over SSH, from its form to the approval of its host key."""

import getpass
import platform
import re

from flask.testing import FlaskClient

from tests.pages.making import BROWSER, HTMX, make_target, see, send, words
from tests.ssh_server import SshServer
from webapp.config import Settings
from webapp.models import Target


def test_what_is_left_empty_is_left_to_the_users_own_configuration(client: FlaskClient) -> None:
    form = {"name": "web-1", "type": "ssh", "ssh_host": "web-1", "ssh_port": ""}

    send(client, "/targets", form)

    (target,) = Target.all()
    assert target.connection_config == {
        "host": "web-1",
        "user": None,
        "port": None,
        "jump": None,
        "identity_file": None,
    }
    assert "web-1" in words(see(client, f"/targets/{target.id}"))


def test_a_host_key_is_shown_and_approved_and_the_machine_used(
    client: FlaskClient, sshd: SshServer, settings: Settings
) -> None:
    target = make_target(type="ssh", connection_config=sshd.config)

    shown = send(client, f"/targets/{target.id}/test", {}).text
    fingerprint = re.search(r'name="fingerprint" value="(SHA256:[^"]+)"', shown)
    assert fingerprint
    assert "It cannot be used yet." in words(shown)
    assert not (settings.data_dir / "ssh" / "known_hosts").exists()
    used = send(client, f"/targets/{target.id}/host-key", {"fingerprint": fingerprint[1]}).text

    assert "It can be used." in words(used)
    assert f"Runs as {getpass.getuser()}" in words(used)
    assert platform.node() in used


def test_a_key_is_approved_by_nobody_without_a_token(
    client: FlaskClient, sshd: SshServer, settings: Settings
) -> None:
    target = make_target(type="ssh", connection_config=sshd.config)
    form = {"fingerprint": "SHA256:any"}

    response = client.post(f"/targets/{target.id}/host-key", data=form, headers=BROWSER)

    assert response.status_code == 400
    assert not (settings.data_dir / "ssh" / "known_hosts").exists()


def test_a_changed_key_is_shown_with_both_fingerprints_and_no_button(
    client: FlaskClient, sshd: SshServer, settings: Settings
) -> None:
    target = make_target(type="ssh", connection_config=sshd.config)
    (settings.data_dir / "ssh").mkdir(parents=True)
    other = (sshd.folder / "other_key.pub").read_text()
    known = settings.data_dir / "ssh" / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sshd.port} {other}")

    page = send(client, f"/targets/{target.id}/test", {}, **HTMX).text

    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}' -f '{known}'" in page.replace("&#39;", "'")
    assert page.count("SHA256:") == 2
    assert "<button" not in page


def test_a_draft_says_that_it_has_to_be_saved_before_its_key_is_approved(
    client: FlaskClient, sshd: SshServer
) -> None:
    typed = {f"ssh_{name}": str(value or "") for name, value in sshd.config.items()}

    page = send(client, "/targets/test", {"name": "web", "type": "ssh"} | typed).text

    assert "Once the Target is saved, its Test offers to approve this key." in words(page)
    assert 'name="fingerprint"' not in page
