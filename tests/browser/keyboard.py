from playwright.sync_api import Locator


def tab_to(wanted: Locator, most: int = 80) -> None:
    """As who has no mouse: what Tab does not come to within so many presses, nobody reaches."""
    for _ in range(most):
        wanted.page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} presses of Tab do not lead to {wanted}")
