"""Progress bars on standard error; silent where that is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm

from ..usecases.retarget_order import Progress
from ..usecases.train_from_ratings import TrainProgress


@contextmanager
def fetching_bar() -> Iterator[Callable[[int, int], None]]:
    """Told bytes done and bytes in all; shown from the first call on."""
    bar: tqdm[NoReturn] | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc="fetching the face model", total=total, unit="B", unit_scale=True, disable=None)
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


@contextmanager
def retarget_bar(name: str) -> Iterator[Callable[[Progress], None]]:
    """Told each Progress of a retarget."""
    with tqdm(desc=name, unit="frame", disable=None) as bar:

        def show(progress: Progress) -> None:
            bar.total = progress.frames_total
            bar.set_postfix_str(progress.stage, refresh=False)
            bar.update(progress.frames_done - bar.n)

        yield show


@contextmanager
def training_bar() -> Iterator[Callable[[TrainProgress], None]]:
    """Told each TrainProgress of a training."""
    with tqdm(desc="training", total=1.0, bar_format="{desc}: {percentage:3.0f} %{bar}", disable=None) as bar:

        def show(progress: TrainProgress) -> None:
            bar.set_description_str(progress.stage, refresh=False)
            bar.update(progress.fraction - bar.n)

        yield show
