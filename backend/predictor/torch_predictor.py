"""The predictor of our own: landmarks, views of the picture and the baseline's scores, held against rest.

Importing this file imports torch, which takes a second and 200 MB of memory: it is done when this predictor
is asked for, and never before.
"""

from pathlib import Path

import numpy as np
import torch

from ..core.curves import COEFFICIENT_COUNT, Floats
from ..core.expression_distribution import ExpressionDistribution
from ..core.face_views import face_frame
from ..core.faces import Face, Prediction
from ..core.head_pose import FaceGeometry
from ..errors import ModelMissing
from ..ports import ExpressionPredictor, Picture
from .checkpoint import load_network
from .face_atlas import face_atlas
from .network import Estimate, ExpressionNetwork, Sight, fold
from .sights import sights_of


class TorchPredictor:
    """An ExpressionPredictor around a network.

    model_id  of the network and its weights
    teacher   describes a face as MediaPipe's scores (52,), which the network takes as a hint
    """

    def __init__(
        self, network: ExpressionNetwork, model_id: str, teacher: ExpressionPredictor, geometry: FaceGeometry
    ) -> None:
        self._device = torch.device(usual_device())
        self._rest_scale = network.get_buffer("rest_scale").numpy(force=True)
        self._gate = float(network.get_buffer("gate"))
        self._network = fold(network).to(self._device)
        self._model_id, self._teacher, self._geometry = model_id, teacher, geometry
        self._observed = np.ones(COEFFICIENT_COUNT, np.bool_)

    @property
    def model_id(self) -> str:
        return self._model_id

    @property
    def wants_rest(self) -> bool:
        return True

    @torch.inference_mode()
    def describe(self, face: Face, picture: Picture) -> Floats:
        """(D,) of the network's own making."""
        height, width = picture.shape[:2]
        frame = face_frame(face.landmarks, (width, height), self._geometry)
        sight = sights_of(
            face_atlas(picture, frame.maps)[None],
            frame.shape[None],
            frame.angles[None],
            self._teacher.describe(face, picture)[None],
        )
        sight = Sight(*(part.to(self._device) for part in sight))
        described = self._network.describe(sight._replace(atlas=sight.atlas.float() / 255))
        return np.asarray(described[0].numpy(force=True))

    @torch.inference_mode()
    def predict(self, description: Floats, rest: Floats | None = None) -> Prediction:
        """Its belief as one value, standard deviation, and the probability to be right to within 0.1."""
        now = self._tensor(description)
        at_rest = torch.zeros_like(now) if rest is None else self._tensor(rest)
        has_rest = now.new_full((1, 1), rest is not None)
        belief = self._belief(self._network(now, at_rest, has_rest))
        point = belief.point(self._gate)
        return Prediction(
            mean=point.astype(np.float32),
            spread=belief.deviation().astype(np.float32),
            confidence=belief.confidence(point).astype(np.float32),
            observed=self._observed,
        )

    def _belief(self, estimate: Estimate) -> ExpressionDistribution:
        active, value, spread = (part[0].numpy(force=True) for part in estimate)
        return ExpressionDistribution(1 / (1 + np.exp(-active)), value, spread, self._rest_scale)

    def _tensor(self, values: Floats) -> torch.Tensor:
        """With a batch of one."""
        return torch.from_numpy(np.ascontiguousarray(values)[None]).to(self._device)


def load_predictor(weights: Path, teacher: ExpressionPredictor, geometry: FaceGeometry) -> TorchPredictor:
    """The predictor whose weights lie there, with a file NAME.sha256 beside them that sha256sum would write.

    From then on torch has one thread in this process: a face is two milliseconds of work, and threads that
    wait for each other would take turns with the tracker's. Raises ModelMissing, ModelDamaged.
    """
    torch.set_num_threads(1)
    expected = _expected_hash(weights.with_suffix(".sha256"))
    network, _ = load_network(weights, expected)
    return TorchPredictor(network, f"{weights.stem}@{expected[:12]}", teacher, geometry)


def usual_device() -> str:
    """What networks run on here: "cuda" or "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def torch_facts() -> str:
    """Version and device, for people."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return f"torch {torch.__version__} on {device}"


def _expected_hash(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeDecodeError, IndexError) as err:
        raise ModelMissing(
            f"{file} does not say which hash the weights have: {err}", "Install SuperFace again."
        ) from err
