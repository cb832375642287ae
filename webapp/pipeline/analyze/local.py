"""Does a model run here, so that nothing leaves by asking it?"""

import socket
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.values import LlmSettings

from .configured import check_model

# What each provider is asked at, where no address of one's own is set.
_THEIRS: Mapping[str, str] = {
    "openai": "https://api.openai.com",
    "anthropic": "https://api.anthropic.com",
}
_LOOK_UP_SECONDS = 5


def why_not_asked(settings: LlmSettings) -> str | None:
    """None if the model can be asked, and may be; else the sentence that says why not."""
    return check_model(settings) or (why_not_local(settings) if settings.local_only else None)


def why_not_local(settings: LlmSettings) -> str | None:
    """None where the model is `builtin`, or its server's every address is this machine's own or
    one of a private network, with no proxy between; else the sentence that says why nothing is
    sent. It looks names up.
    """
    provider = settings.model.partition(":")[0]
    if provider == "builtin":
        return None
    own = settings.own_address
    host = urlsplit(own or _THEIRS.get(provider, "")).hostname or ""
    if _is_local(host):
        return _proxied(settings.model, urlsplit(own or "").scheme, host)
    return (
        f"This Monitor may be judged by a local model only, and {settings.model} runs at "
        f"{host or 'an unknown place'}, which is not known to be one of a private network. "
        "Nothing was sent."
    )


def _proxied(model: str, scheme: str, host: str) -> str | None:
    """The libraries that ask models go by way of a proxy where the environment names one."""
    if not {scheme, "all"} & getproxies().keys() or proxy_bypass(host):
        return None
    return (
        f"This Monitor may be judged by a local model only, and {model} at {host} would be asked "
        f"by way of a proxy. Name {host} in NO_PROXY. Nothing was sent."
    )


def _is_local(host: str) -> bool:
    try:
        addresses = within(_LOOK_UP_SECONDS, lambda: _addresses(host))
    except OutOfTimeError:
        return False
    return bool(addresses) and all(_is_private(address) for address in addresses)


def _addresses(host: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()


def _is_private(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    return found.is_loopback or found.is_private or found.is_link_local
