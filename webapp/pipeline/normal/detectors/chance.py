"""How unlikely a count is."""

import math


def surprise(count: float, expected: float) -> float:
    """Of so many where so many are expected: how many zeros its chance has behind the point.

    By Chernoff's bound of a Poisson variable; 0 where there are no more than expected.
    """
    if count <= expected:
        return 0.0
    return (expected - count + count * math.log(count / expected)) / math.log(10)
