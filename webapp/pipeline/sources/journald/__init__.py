"""systemd's journal, through journalctl, here or on another machine."""

from webapp.pipeline.sources.journald.config import JournaldConfig, place_of
from webapp.pipeline.sources.journald.read import read_journald
from webapp.pipeline.sources.kind import Kind

KIND = Kind(
    called="systemd journal",
    about="what systemd's journal has of all or some units",
    on=("local", "ssh"),
    config=JournaldConfig,
    read=read_journald,
    place=place_of,
)
