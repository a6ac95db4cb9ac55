"""Work shared out among copies of this process comes back whole and in order, whatever ends a copy."""

from __future__ import annotations

import os
import signal

import pytest

from bisect_parity import forked_map as module
from bisect_parity.forked_map import forked_map, forked_meanwhile, forked_within
from bisect_parity.processes import children

ITEMS = range(3 * module.LEAST_ITEMS)


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "usable_cores", lambda: 3)


def test_results_come_in_the_order_of_the_items_from_several_processes() -> None:
    found = forked_map(lambda item: (item * item, os.getpid()), ITEMS)
    assert [square for square, _ in found] == [item * item for item in ITEMS]
    assert len({pid for _, pid in found}) == 3


def test_few_items_are_done_here() -> None:
    assert forked_map(lambda _: os.getpid(), range(module.LEAST_ITEMS)) == [os.getpid()] * module.LEAST_ITEMS


def test_an_error_is_that_of_the_work_wherever_it_happened() -> None:
    def fails(item: int) -> int:
        if item == len(ITEMS) - 1:  # not of this process's own share
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match=str(len(ITEMS) - 1)):
        forked_map(fails, ITEMS)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_copy_that_was_ended_had_to_do_is_done_here(sign: signal.Signals) -> None:
    here = os.getpid()

    def dies_elsewhere(item: int) -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), sign)
        return item

    assert forked_map(dies_elsewhere, ITEMS) == list(ITEMS)


def test_no_copy_is_left_when_the_work_here_fails() -> None:
    here = os.getpid()

    def fails_here(item: int) -> int:
        if os.getpid() == here:
            raise KeyboardInterrupt
        signal.pause()
        return item

    before = children()
    with pytest.raises(KeyboardInterrupt):
        forked_map(fails_here, ITEMS)
    assert children() == before


def test_copies_work_while_this_process_goes_on() -> None:
    with forked_meanwhile(lambda item: (item * item, os.getpid()), ITEMS) as results:
        found = results()
    assert [square for square, _ in found] == [item * item for item in ITEMS]
    workers = {pid for _, pid in found}
    assert len(workers) == 3
    assert os.getpid() not in workers


def test_few_items_are_done_when_they_are_waited_for() -> None:
    done: list[int] = []
    with forked_meanwhile(done.append, range(3)) as results:
        assert not done
        results()
    assert done == [0, 1, 2]


def test_no_copy_is_left_when_nobody_waits() -> None:
    before = children()
    with forked_meanwhile(lambda _: signal.pause(), ITEMS):
        assert len(children()) == len(before) + 3
    assert children() == before


def test_work_that_never_ends_is_ended_and_so_is_its_copy() -> None:
    before = children()
    assert forked_within(signal.pause, 0.05) is None
    assert children() == before


def test_a_copy_that_crashes_has_no_result() -> None:
    assert forked_within(lambda: os.kill(os.getpid(), signal.SIGSEGV), 5.0) is None


def test_work_in_time_has_its_result_from_another_process() -> None:
    pid, text = forked_within(lambda: (os.getpid(), "x" * 200_000), 5.0) or (0, "")
    assert pid not in (0, os.getpid())
    assert len(text) == 200_000
