"""What the service says of itself, on standard error."""

import logging
import time

from webapp.config import Settings

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"


def configure(settings: Settings) -> None:
    """One line an event, in UTC; libraries speak up from WARNING on."""
    formatter = logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("webapp").setLevel(settings.log_level)
