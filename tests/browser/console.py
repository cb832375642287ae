"""What the browser complains of."""


class Console:
    """The complaints of a page, which are looked at once it is closed: they come when they like."""

    def __init__(self) -> None:
        self._complaints: list[str] = []
        self._expected: list[tuple[str, ...]] = []

    def note(self, complaint: str) -> None:
        self._complaints.append(complaint)

    def expects(self, *parts: str) -> None:
        """At least one complaint with one of these parts, and any number of them."""
        self._expected.append(parts)

    def check(self) -> None:
        """Fails on what was not expected, and on what was expected and did not come."""
        everything = [part for parts in self._expected for part in parts]
        unexpected = [said for said in self._complaints if not _has(said, everything)]
        assert not unexpected, f"the browser complained: {unexpected}"
        for parts in self._expected:
            assert any(_has(said, parts) for said in self._complaints), f"no complaint of {parts}"


def _has(complaint: str, parts: tuple[str, ...] | list[str]) -> bool:
    return any(part in complaint for part in parts)
