"""A queue that is away fails nobody, and is not asked again by every click."""

from types import SimpleNamespace

import pytest

from cpc.components.queueing import hint


def task(sent: list, error: Exception | None = None):
    def apply_async(args, **kwargs):
        sent.append(args)
        if error:
            raise error

    return SimpleNamespace(
        name="some.task", apply_async=apply_async, app=SimpleNamespace(conf=SimpleNamespace(task_always_eager=False))
    )


def test_a_hint_goes_to_the_queue():
    sent: list = []
    assert hint(task(sent), 7)
    assert sent == [(7,)]


@pytest.mark.parametrize("error", [OSError("refused"), RuntimeError("of the driver")])
def test_whatever_the_queue_raises_is_told_to_nobody_and_the_next_hint_does_not_wait_for_it(error):
    sent: list = []
    assert [hint(task(sent, error), number) for number in range(3)] == [False] * 3
    assert sent == [(0,)]
