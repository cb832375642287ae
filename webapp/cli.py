"""Commands for whoever runs the service: flask --app webapp …"""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from webapp import database, demo, judge
from webapp.backup import BackupFailed, back_up
from webapp.clock import utc_now
from webapp.extensions import db


def register(app: Flask) -> None:
    app.cli.add_command(_backup)
    app.cli.add_command(_demo)
    app.cli.add_command(judge.command)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def _backup(file: Path) -> None:
    """Copy the SQLite database to FILE, while everything runs."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite":
        raise click.ClickException(
            "The database is PostgreSQL: back it up by pg_dump, as docs/operations.md says."
        )
    try:
        back_up(Path(str(url.database)), file)
    except BackupFailed as failure:
        raise click.ClickException(str(failure)) from failure
    click.echo(f"{file} has all of it: {file.stat().st_size:,} bytes, checked.")


@click.command("demo")
@with_appcontext
def _demo() -> None:
    """Fill an empty database with a made-up team's Monitors, and weeks of their history."""
    data_dir = current_app.extensions["settings"].data_dir
    try:
        database.upgrade()
        monitors = demo.build(data_dir, utc_now())
    except (database.WrongSchema, demo.NotEmpty) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(
        f"{len(monitors)} made-up Monitors with their history are in the database; the logs that "
        f"they go on reading are in {data_dir / 'logs'}."
    )
