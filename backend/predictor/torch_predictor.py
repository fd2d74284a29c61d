"""The predictor of our own: landmarks, views of the picture and the baseline's scores, held against rest.

Importing this file imports torch, which takes a second and 200 MB of memory: it is done when this predictor
is asked for, and never before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ..core.correction import BeliefCorrection
from ..core.curves import COEFFICIENT_COUNT, Floats
from ..core.expression_distribution import ExpressionDistribution, Numbers
from ..core.face_views import face_frame
from ..core.faces import Face, Prediction
from ..core.head_pose import FaceGeometry
from ..core.muscle_groups import HALVES
from ..ports import ExpressionPredictor, Picture
from .checkpoint import load_network
from .face_atlas import face_atlas
from .model_id import expected_hash, model_id
from .network import Estimate, ExpressionNetwork, Sight, fold
from .sights import sights_of
from .steadying import steadied

NOTHING_LEARNT: Mapping[str, BeliefCorrection] = {}


class TorchPredictor:
    """An ExpressionPredictor around a network.

    model_id     of the network and its weights
    teacher      describes a face as MediaPipe's scores (52,), which the network takes as a hint
    corrections  what was learnt from ratings, by half of the face: that half's numbers alone are changed, and
                 none where no rest is known, at which a correction has to be zero
    """

    def __init__(
        self,
        network: ExpressionNetwork,
        model_id: str,
        teacher: ExpressionPredictor,
        geometry: FaceGeometry,
        corrections: Mapping[str, BeliefCorrection] = NOTHING_LEARNT,
    ) -> None:
        self._device = torch.device(usual_device())
        self._rest_scale = network.get_buffer("rest_scale").numpy(force=True)
        self._gate = float(network.get_buffer("gate"))
        self._views = network.columns_by_view()
        self._network = fold(network).to(self._device)
        self._model_id, self._teacher, self._geometry = model_id, teacher, geometry
        self._corrections = corrections
        self._observed = np.ones(COEFFICIENT_COUNT, np.bool_)

    @property
    def model_id(self) -> str:
        return self._model_id

    @property
    def wants_rest(self) -> bool:
        return True

    @torch.inference_mode()
    def describe(self, faces: Sequence[Face], pictures: Sequence[Picture]) -> Floats:
        """(N, D) of the network's own making."""
        frames = [
            face_frame(face.landmarks, (picture.shape[1], picture.shape[0]), self._geometry)
            for face, picture in zip(faces, pictures, strict=True)
        ]
        sight = sights_of(
            np.stack([face_atlas(*seen) for seen in zip(pictures, (f.maps for f in frames), strict=True)]),
            np.stack([frame.shape for frame in frames]),
            np.stack([frame.angles for frame in frames]),
            self._teacher.describe(faces, pictures),
        )
        sight = Sight(*(part.to(self._device) for part in sight))
        return np.asarray(self._network.describe(sight).numpy(force=True))

    def steadied(self, descriptions: Floats, around: int) -> Floats:
        """See backend.predictor.steadying."""
        return steadied(descriptions, around, self._views)

    @torch.inference_mode()
    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        """Its belief as one value, standard deviation, and the probability to be right to within 0.1."""
        belief = self._believed(descriptions, rest)
        parts = self._told(belief)
        if rest is not None and self._corrections:
            parts = self._corrected(parts, belief, self._believed(rest[None], rest))
        told = zip(*(part.astype(np.float32) for part in parts), strict=True)
        return [
            Prediction(mean, spread, confidence, self._observed, _row(belief, number), self._gate)
            for number, (mean, spread, confidence) in enumerate(told)
        ]

    def _told(self, belief: ExpressionDistribution) -> tuple[Numbers, ...]:
        """(N, 52) each: one value, standard deviation, confidence."""
        points = belief.point(self._gate)
        return points, belief.deviation(), belief.confidence(points)

    def _corrected(
        self, parts: tuple[Numbers, ...], belief: ExpressionDistribution, rest: ExpressionDistribution
    ) -> tuple[Numbers, ...]:
        """The same, and of each half of the face that something was learnt about, what is told since."""
        for half, correction in self._corrections.items():
            learnt = self._told(_as_exact(correction.corrected(belief, rest), belief))
            told = zip(learnt, parts, strict=True)
            parts = tuple(np.where(HALVES[half], now, before) for now, before in told)
        return parts

    def _believed(self, descriptions: Floats, rest: Floats | None) -> ExpressionDistribution:
        now = self._tensor(descriptions)
        at_rest = torch.zeros_like(now) if rest is None else self._tensor(rest).expand_as(now)
        has_rest = now.new_full((len(now), 1), rest is not None)
        return self._belief(self._network(now, at_rest, has_rest))

    def _belief(self, estimate: Estimate) -> ExpressionDistribution:
        active, value, spread = (part.numpy(force=True) for part in estimate)
        return ExpressionDistribution(1 / (1 + np.exp(-active)), value, spread, self._rest_scale)

    def _tensor(self, values: Floats) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self._device)


def load_predictor(
    weights: Path,
    teacher: ExpressionPredictor,
    geometry: FaceGeometry,
    corrections: Mapping[str, BeliefCorrection] = NOTHING_LEARNT,
) -> TorchPredictor:
    """The predictor whose weights lie there, with a file NAME.sha256 beside them that sha256sum would write.

    From then on torch has one thread in this process: a face is two milliseconds of work, and threads that
    wait for each other would take turns with the tracker's. Raises ModelMissing, ModelDamaged.
    """
    torch.set_num_threads(1)
    network, _ = load_network(weights, expected_hash(weights))
    return TorchPredictor(network, model_id(weights), teacher, geometry, corrections)


def usual_device() -> str:
    """What networks run on here: "cuda" or "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def torch_facts() -> str:
    """Version and device, for people."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return f"torch {torch.__version__} on {device}"


def _as_exact(belief: ExpressionDistribution, other: ExpressionDistribution) -> ExpressionDistribution:
    """As exact as the other one, so that what was not changed is told as before to the last bit."""
    active, value = (getattr(belief, name).astype(getattr(other, name).dtype) for name in ("active", "value"))
    return replace(belief, active=active, value=value)


def _row(belief: ExpressionDistribution, number: int) -> ExpressionDistribution:
    """Of one face (52,)."""
    return ExpressionDistribution(
        belief.active[number], belief.value[number], belief.spread[number], belief.rest
    )
