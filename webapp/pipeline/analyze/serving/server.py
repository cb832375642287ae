"""One server as this process knows it: asked now and then, and by one of those who want to know."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from webapp.pipeline.sources.within import OutOfTimeError, within

from .catalogue import Address, Asking, Catalogue, NotTold
from .ollama import wake

T = TypeVar("T")

# How long it may take to answer, with all that it is asked.
SECONDS = 3.0
# For how long what it said is believed, and that it said nothing.
FRESH_SECONDS, FAILED_SECONDS = 300.0, 30.0
# A context that was seen stands while it cannot be seen, as of a model that left the memory.
LAST_SEEN_SECONDS = 3600.0


@dataclass(frozen=True)
class Told:
    """`problem`: why there is no catalogue, as part of a sentence."""

    catalogue: Catalogue | None
    problem: str | None = None


class Server:
    """`read` is that of its kind; `told` and `context` may be asked by many at once."""

    def __init__(self, address: Address, read: Callable[[Asking], Catalogue]) -> None:
        self.address, self._read = address, read
        self._asking, self._waking = threading.Lock(), threading.Lock()
        self._told, self._until = Told(None), 0.0
        self._seen: dict[str, tuple[int, float]] = {}
        self._asleep: dict[str, float] = {}

    def remembered(self) -> Told | None:
        """What needs no question; None where that is too old, or was never asked."""
        return self._told if time.monotonic() < self._until else None

    def told(self) -> Told:
        """It takes some three seconds at most, and raises nothing."""
        told = self.remembered()
        if told:
            return told
        with self._asking:  # whoever holds it has no longer than that either
            return self.remembered() or self._ask()

    def context(self, name: str, seconds: float, *, wake: bool) -> int | None:
        """What the model reads and writes at once, in tokens; None where that is not known.

        `wake`: it is about to be asked, and may be put into memory for that first, if that takes
        no longer than `seconds`.
        """
        catalogue = self.told().catalogue
        if catalogue is None:
            return self._last_seen(name) or self._last_seen(f"{name}:latest")
        found = catalogue.find(name)
        if found is None:
            return None
        tokens = catalogue.contexts[found] or self._last_seen(found)
        if tokens or not (wake and catalogue.wakes):
            return tokens
        return self._woken(found, seconds)

    def _ask(self) -> Told:
        try:
            told = Told(self._within(SECONDS, self._read))
        except NotTold as problem:
            told = Told(None, str(problem))
        now = time.monotonic()
        for name, tokens in (told.catalogue or Catalogue()).contexts.items():
            if tokens:
                self._seen[name] = (tokens, now)
        self._told = told
        self._until = now + (FRESH_SECONDS if told.catalogue else FAILED_SECONDS)
        return told

    def _woken(self, name: str, seconds: float) -> int | None:
        if not self._waking.acquire(timeout=max(0.0, seconds)):
            return None
        try:
            if time.monotonic() >= self._asleep.get(name, 0.0) and not self._last_seen(name):
                # Lest it be put there again and again, where it tells nothing then either.
                self._asleep[name] = time.monotonic() + FRESH_SECONDS
                self._wake(name, seconds)
        finally:
            self._waking.release()
        return self._last_seen(name)

    def _wake(self, name: str, seconds: float) -> None:
        with suppress(NotTold):
            self._within(seconds, lambda server: wake(server, name))
            with self._asking:
                self._ask()

    def _last_seen(self, name: str) -> int | None:
        tokens, seen_at = self._seen.get(name, (None, 0.0))
        return tokens if time.monotonic() - seen_at < LAST_SEEN_SECONDS else None

    def _within(self, seconds: float, ask: Callable[[Asking], T]) -> T:
        """Raises NotTold. The library's time-outs are those of each read, and names are looked up
        without one."""
        client = import_module(f"{__package__}.client")
        ends_at = time.monotonic() + seconds

        def asked() -> T | NotTold:
            try:
                return ask(client.Client(self.address, ends_at))
            except NotTold as problem:
                return problem

        try:
            said = within(seconds, asked)
        except OutOfTimeError as late:
            raise NotTold(f"it gave no answer within {seconds:g} s") from late
        except RuntimeError as bug:  # the thread has printed it, and no Run may end by it
            raise NotTold("it could not be asked") from bug
        if isinstance(said, NotTold):
            raise said
        return said
