"""Commands for whoever runs the service: flask --app webapp …"""

from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from webapp.backup import BackupFailed, back_up
from webapp.extensions import db


def register(app: Flask) -> None:
    app.cli.add_command(_backup)


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
