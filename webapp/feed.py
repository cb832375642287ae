"""Atom (RFC 4287): what went wrong, for whoever reads feeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from webapp.clock import iso
from webapp.pipeline.clean import clean_text

TYPE = "application/atom+xml"
_NAMESPACE = UUID("5f0ad9a8-86a1-4f0c-9d0e-6f1f6c1c2b0e")
# A feed must say when it changed, though nothing was ever in it.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """`content` is text; no reader takes it for markup."""

    id: str
    title: str
    address: str
    author: str
    updated: datetime
    content: str


def entry_id(run_id: int, created_at: datetime) -> str:
    """The same wherever the service may move, and another's in no other installation."""
    return f"urn:uuid:{uuid5(_NAMESPACE, f'{run_id} {created_at.isoformat()}')}"


def atom(title: str, address: str, page: str, entries: Sequence[Entry]) -> bytes:
    """The feed at `address`, of what `page` shows; newest first."""
    feed = Element("feed", xmlns="http://www.w3.org/2005/Atom")
    updated = entries[0].updated if entries else NEVER
    _fill(feed, (("id", address), ("title", title), ("updated", iso(updated))))
    SubElement(feed, "link", rel="self", type=TYPE, href=address)
    SubElement(feed, "link", rel="alternate", type="text/html", href=page)
    for entry in entries:
        feed.append(_entry(entry))
    told: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return told + b"\n"


def _entry(entry: Entry) -> Element:
    element = Element("entry")
    _fill(
        element,
        (("id", entry.id), ("title", entry.title), ("updated", iso(entry.updated))),
    )
    SubElement(element, "link", rel="alternate", type="text/html", href=entry.address)
    _fill(SubElement(element, "author"), (("name", entry.author),))
    _fill(element, (("content", entry.content),))
    return element


def _fill(parent: Element, parts: Iterable[tuple[str, str]]) -> None:
    """What XML cannot hold, however it is written, is taken out: no log can break the feed."""
    for name, text in parts:
        SubElement(parent, name).text = clean_text(text)
