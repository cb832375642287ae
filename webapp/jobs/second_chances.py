import threading
from collections import deque
from collections.abc import Callable


class SecondChances:
    """Runs whose first worker died, carried one after another.

    One of them may be what it died of. Side by side it would take all others with it a second
    time, which is their last; so it takes none.
    """

    def __init__(self, carry: Callable[[int], None]) -> None:
        """`carry` raises nothing."""
        self._carry = carry
        self._waiting: deque[int] = deque()
        self._turn = threading.Lock()

    def give(self, run_id: int) -> None:
        """Carry it, or leave it to the thread that carries another one now."""
        self._waiting.append(run_id)
        # Looked at again after each turn, so that nothing is left that came just before its end.
        while self._waiting and self._turn.acquire(blocking=False):
            try:
                if self._waiting:
                    self._carry(self._waiting.popleft())
            finally:
                self._turn.release()

    def close(self) -> None:
        """Give no more; the scheduler calls other workers for those that wait."""
        self._waiting.clear()
