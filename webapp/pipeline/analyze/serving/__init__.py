"""What the servers of models tell: which models they serve, and how much each reads at once.

All of it is a help, and nothing waits for it long: where a server does not tell, nothing is known.
What one said is remembered by each process for some minutes.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from webapp.pipeline.analyze.local import why_not_asked
from webapp.pipeline.values import LlmSettings

from . import anthropic, ollama, openai
from .catalogue import Address, Asking, Catalogue
from .server import Server, Told

__all__ = ["Served", "ServedBy", "context_of", "forget", "served", "servers"]

# So many names are said in a sentence.
MOST_SAID = 5


class Kind(NamedTuple):
    address: Callable[[LlmSettings], Address | None]
    read: Callable[[Asking], Catalogue]


# By the provider that a model's name begins with: a new one is a file here, and a line.
KINDS: Mapping[str, Kind] = {
    "openai": Kind(openai.address, openai.read),
    "anthropic": Kind(anthropic.address, anthropic.read),
    "ollama": Kind(ollama.address, ollama.read),
}


@dataclass(frozen=True)
class ServedBy:
    """A server with its models, as LLM_MODEL names them.

    `problem`: why they are not known, as a sentence.
    """

    provider: str
    server: str
    models: tuple[str, ...]
    problem: str | None = None


@dataclass(frozen=True)
class Served:
    """What is known of one model: how much it reads and writes at once, in tokens, if that is told.

    `problem`: that its server does not serve it, as a sentence.
    """

    context_tokens: int | None = None
    problem: str | None = None


_lock = threading.Lock()
_servers: dict[Address, Server] = {}


def served(settings: LlmSettings, *, remembered: bool = False) -> Served:
    """It may take a few seconds, or nobody is asked: what is `remembered` has to do."""
    server = _server_of(settings)
    if server is None or why_not_asked(settings):
        return Served()
    told = server.remembered() if remembered else server.told()
    if not (told and told.catalogue):
        return Served()
    name = settings.model.partition(":")[2]
    if told.catalogue.complete and told.catalogue.find(name) is None:
        return Served(problem=_not_served(settings.model, server, told.catalogue))
    return Served(server.context(name, 0, wake=False))


def context_of(settings: LlmSettings, seconds: float = 0, *, wake: bool = False) -> int | None:
    """How much the model reads and writes at once, in tokens; None where that is not known.

    `wake`: it is about to be asked, and may be put into memory first, within `seconds`. Nobody is
    asked where the model may not be.
    """
    server = _server_of(settings)
    if server is None or why_not_asked(settings):
        return None
    return server.context(settings.model.partition(":")[2], seconds, wake=wake)


def servers(settings: LlmSettings, *, remembered: bool = False) -> list[ServedBy]:
    """All that are set up, asked at once; or if what is `remembered` has to do, those of which
    something is."""
    known = {provider: _known(kind.address(settings), kind) for provider, kind in KINDS.items()}
    set_up = {provider: server for provider, server in known.items() if server}
    with ThreadPoolExecutor(len(KINDS)) as threads:
        ask = Server.remembered if remembered else Server.told
        told = dict(zip(set_up, threads.map(ask, set_up.values()), strict=True))
    return [_by(name, set_up[name], said) for name, said in told.items() if said]


def forget() -> None:
    """All that was told, as after a change of what is served."""
    with _lock:
        _servers.clear()


def _by(provider: str, server: Server, told: Told) -> ServedBy:
    names = told.catalogue.contexts if told.catalogue else ()
    shown = server.address.shown
    problem = told.problem and f"{shown} does not tell which models it serves: {told.problem}."
    return ServedBy(provider, shown, tuple(f"{provider}:{name}" for name in names), problem)


def _server_of(settings: LlmSettings) -> Server | None:
    kind = KINDS.get(settings.model.partition(":")[0])
    return _known(kind.address(settings), kind) if kind else None


def _known(address: Address | None, kind: Kind) -> Server | None:
    if address is None:
        return None
    with _lock:
        return _servers.setdefault(address, Server(address, kind.read))


def _not_served(model: str, server: Server, catalogue: Catalogue) -> str:
    names = list(catalogue.contexts)
    more = f" and {len(names) - MOST_SAID:,} more" if len(names) > MOST_SAID else ""
    what = f"{', '.join(names[:MOST_SAID])}{more}" if names else "no model"
    return f"{server.address.shown} does not serve {model}; it serves {what}."
