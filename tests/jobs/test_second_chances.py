import threading
from concurrent.futures import ThreadPoolExecutor

from webapp.jobs.second_chances import SecondChances


def test_all_are_carried_and_no_two_at_once() -> None:
    carried: list[int] = []
    at_once, most_at_once = 0, 0

    def carry(number: int) -> None:
        nonlocal at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        carried.append(number)
        at_once -= 1

    chances = SecondChances(carry)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(chances.give, range(2000)))

    assert sorted(carried) == list(range(2000))
    assert most_at_once == 1


def test_whoever_comes_while_another_is_carried_does_not_wait() -> None:
    begun, go_on = threading.Event(), threading.Event()
    carried: list[int] = []

    def carry(number: int) -> None:
        begun.set()
        go_on.wait(30)
        carried.append(number)

    chances = SecondChances(carry)
    first = threading.Thread(target=chances.give, args=(1,))
    first.start()
    begun.wait(30)
    chances.give(2)
    before = list(carried)
    go_on.set()
    first.join(30)

    assert (before, carried) == ([], [1, 2])


def test_after_the_end_none_is_carried_any_more() -> None:
    begun, go_on = threading.Event(), threading.Event()
    carried: list[int] = []

    def carry(number: int) -> None:
        begun.set()
        go_on.wait(30)
        carried.append(number)

    chances = SecondChances(carry)
    first = threading.Thread(target=chances.give, args=(1,))
    first.start()
    begun.wait(30)
    chances.give(2)
    chances.close()
    go_on.set()
    first.join(30)

    assert carried == [1]
