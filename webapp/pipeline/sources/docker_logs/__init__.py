"""What containers print: of one, of a Compose service, or of all that have a label."""

from webapp.pipeline.sources.docker_logs.config import DockerLogsConfig
from webapp.pipeline.sources.docker_logs.read import read_docker_logs
from webapp.pipeline.sources.kind import Kind

KIND = Kind(
    called="Container output",
    about="what a container prints",
    on=("local", "docker_host"),
    config=DockerLogsConfig,
    read=read_docker_logs,
    place=lambda config: str(config["container_name"]),
)
