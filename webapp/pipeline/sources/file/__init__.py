"""Files: one, or all that a pattern names, followed through rotation."""

from webapp.pipeline.sources.file.config import FileConfig
from webapp.pipeline.sources.file.read import read_file
from webapp.pipeline.sources.kind import Kind

KIND = Kind(
    called="File",
    about="one file, or all that a pattern names",
    on=("local", "ssh"),
    config=FileConfig,
    read=read_file,
    place=lambda config: str(config["path"]),
)
