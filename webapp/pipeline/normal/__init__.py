"""Is a window of logs as this source's windows usually are?"""

from .compare import Compared, compare, learn, learn_all
from .lesson import Lesson
from .normal import Normal
from .seen import Seen, count
from .signs import Sign

__all__ = [
    "Compared",
    "Lesson",
    "Normal",
    "Seen",
    "Sign",
    "compare",
    "count",
    "learn",
    "learn_all",
]
