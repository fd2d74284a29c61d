"""A clip comes in chunks, while some steps have to look at the rows around each one."""

from collections.abc import Callable, Iterable, Iterator

from .curves import ExpressionCurves, joined

Step = Callable[[ExpressionCurves, int, int], ExpressionCurves]


def with_context(
    chunks: Iterable[ExpressionCurves], context_at: Callable[[float], int], step: Step
) -> Iterator[ExpressionCurves]:
    """Consecutive chunks of a clip through a step that has to see some rows on either side.

    context_at(rate) → how many. step(window, first, last) → rows first..last−1 of the window, which holds
    the context as far as the clip has it. A row comes out when its context has come in or the clip has ended.
    """
    window: ExpressionCurves | None = None
    done = 0  # rows of the window that have been given out and only serve as context
    for chunk in chunks:
        window = chunk if window is None else joined([window, chunk])
        context = context_at(window.rate)
        ready = max(done, len(window) - context)
        if ready > done:
            yield step(window, done, ready)
        first_kept = max(0, ready - context)
        window, done = window.between(first_kept, len(window)), ready - first_kept
    if window is not None and done < len(window):
        yield step(window, done, len(window))
