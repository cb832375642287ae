from webapp.fields import Strict
from webapp.pipeline.targets.kind import Kind
from webapp.pipeline.targets.looking import look_at_machine
from webapp.pipeline.values import Host


class LocalConfig(Strict):
    """This machine needs nothing to be reached."""


KIND = Kind(
    called="This machine",
    about="this machine",
    config=LocalConfig,
    host=lambda _, here: Host("local", here.docker_url),
    look=look_at_machine,
    place=lambda _: "this machine",
)
