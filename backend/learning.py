"""Where learning from ratings is put together; with bootstrap.py and model_shelf.py it may import everything.

What is needed for it is imported when it is asked for, so that an idle backend stays small.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from . import model_shelf
from .adapters.frozen_file import write_frozen
from .adapters.krippendorff_alpha import nominal_alpha
from .adapters.reading_folder import ReadingFolder
from .adapters.training_process import TrainingProcess
from .adapters.version_folder import VersionFolder
from .core.preferences import Weights
from .core.rater_quality import quality_report
from .core.ratings import Rating, standing
from .errors import RequestInvalid
from .ports import Cancelled, RatingStore
from .settings import Settings
from .usecases.decide_versions import Decided, decide
from .usecases.keep_versions import Word, bring_in
from .usecases.list_versions import Listed, VersionCard, list_versions
from .usecases.train_from_ratings import TrainEvent, TrainOrder, TrainTools, train_from_ratings
from .whole_file import write_whole


class Learning:
    """entrypoints.application.Learning, on this machine. ratings: opened when they are first needed."""

    def __init__(self, settings: Settings, ratings: Callable[[], RatingStore]) -> None:
        self._settings, self._ratings = settings, ratings
        self._versions = VersionFolder(settings.versions)

    def train(self, order: TrainOrder, model_id: str, cancelled: Cancelled) -> Iterator[TrainEvent]:
        """See there."""
        from .predictor.correction_file import correction_from

        shelved = model_shelf.chosen(model_id)
        base = shelved.base()
        if not base:
            raise RequestInvalid(
                f"{shelved.model.id} learns nothing from ratings", "Train superface-base instead."
            )
        tools = TrainTools(
            ratings=self._ratings(),
            readings=ReadingFolder(self._settings.readings),
            versions=self._versions,
            launcher=TrainingProcess(self._settings.training, write_frozen),
            weigh=_weights,
            read_correction=correction_from,
            clock=time,
        )
        return train_from_ratings(order, base, tools, cancelled)

    def versions(self, profile: str = "") -> Listed:
        """See there."""
        return list_versions(standing(self._ratings().read()), self._versions, time, profile)

    def decide(self, decided: Decided) -> Listed:
        """See there."""
        decide(decided, self._versions, time())
        return self.versions()

    def export(self, version_id: str) -> tuple[bytes, VersionCard]:
        """See there."""
        card = self._card(version_id)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "version"
            self._versions.export(card.version.id, path)
            return path.read_bytes(), card

    def bring_in(self, content: bytes, by: str) -> VersionCard:
        """See there."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "version"
            write_whole(path, content)
            self._check(path)
            word = Word(by, "brought in from a file", time())
            version = bring_in(path, self._versions, model_shelf.bases(), word)
        return self._card(version.id)

    def _check(self, path: Path) -> None:
        """Raises ModelError where what was learnt could not be applied, which would be found out too late."""
        from .predictor.correction_file import correction_from

        version, learnt = self._versions.look_into(path)
        if version.base in model_shelf.bases():
            correction_from(learnt, version.base)

    def _card(self, version_id: str) -> VersionCard:
        """Raises ModelUnknown."""
        version, _ = self._versions.read(version_id)
        cards = self.versions().cards
        return next(card for card in cards if card.version.id == version.id)


def _weights(ratings: Sequence[Rating]) -> Weights:
    return quality_report(ratings, nominal_alpha).weights
