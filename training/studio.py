"""Films heads: from what a performer does to what a predictor would get to see of it, landmarks and all.

The landmarks are those that the real network finds in a picture of the head, errors included, and the views
hang on them, as they will in use. The detector is left out: the picture is cut where a tracker that follows
the face would cut it, a little beside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from PIL import Image

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.litert_tracker import LANDMARK_INPUT, MIN_PRESENCE
from backend.core.face_regions import Region, landmarks_in_picture, region_of_landmarks
from backend.core.face_views import ATLAS_SHAPE, HEIGHT, VIEWS, FaceFrame, columns, face_frame
from backend.core.faces import Face
from backend.ports import FaceNetworks, Picture

from .camera import Camera
from .heads import Floats, Head, HeadSource
from .lens import photographed
from .looks import Look
from .marks import attached, marks_of
from .painter import Canvas, Painter, Seen, View, packed
from .rasterise import Pane, Rasteriser
from .skins import Skin, painted_skin

# Pixels at which the whole face is drawn for the landmark network, whose input is 256: as sharp as a face is
# in most footage, and a third cheaper to paint.
WHOLE_FACE = 192
SKINS = 600  # of each source


@dataclass(frozen=True, eq=False)
class Take:
    """One filmed frame. The maps and shape of the frame come from the landmarks that the network found.

    seen        the atlas of views, before any paint
    frame       see backend.core.face_views
    points      (478, 2) pixels of the camera's picture where the landmarks truly are
    teacher     (52,) MediaPipe's scores
    camera      that filmed it
    """

    seen: Seen
    frame: FaceFrame
    points: Floats
    teacher: Floats
    camera: Camera


def atlas_views(maps: Floats, camera: Camera) -> list[View]:
    """The four views of a face as the painter wants them, of FaceFrame.maps (4, 2, 3)."""
    return [
        View(columns(i).start, 0, view.width, HEIGHT, camera.rays(of_view))
        for i, (view, of_view) in enumerate(zip(VIEWS, maps, strict=True))
    ]


class Studio:
    """Sources of heads, made ready to be filmed. One process's own; a context manager. Raises NoRenderer.

    skins  how many skins each source has; a look's person wears one of them
    """

    def __init__(self, sources: Sequence[HeadSource], networks: FaceNetworks, skins: int) -> None:
        self._networks, self._teacher = networks, MediaPipeBaseline(networks)
        self._rasteriser = Rasteriser(ATLAS_SHAPE[1], WHOLE_FACE)
        self.canvases = canvases_of(sources, networks, skins)
        self._attachments = [
            attached(canvas.marks, source.head(0))
            for source, canvas in zip(sources, self.canvases, strict=True)
        ]
        self.painter = Painter(ATLAS_SHAPE[1], WHOLE_FACE, self.canvases, self._rasteriser.gl)

    def __enter__(self) -> "Studio":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rasteriser.gl.release()

    def film(
        self, head: Head, source: int, coefficients: Floats, gaze: Floats, camera: Camera, look: Look,
        rng: np.random.Generator, steadied: Callable[[Floats], Floats] = lambda landmarks: landmarks,
    ) -> Take | None:  # fmt: skip
        """None when the landmark network does not take what it is shown for a face.

        steadied  what a tracker makes of its landmarks (478, 3) from frame to frame
        """
        vertices = head.posed(coefficients, gaze)
        self._rasteriser.load(vertices, head.triangles, head.part, head.paint)
        true = camera.pixels(self._attachments[source].on(vertices)).astype(np.float32)
        landmarks = self._found(_beside(region_of_landmarks(true), rng), camera, source, look, rng)
        if landmarks is None:
            return None
        landmarks = steadied(landmarks)
        size = (camera.size, camera.size)
        frame = face_frame(landmarks, size, self._networks.geometry)
        panes = [
            Pane(columns(i).start, 0, view.width, HEIGHT, camera.window(of_view, view.width, HEIGHT))
            for i, (view, of_view) in enumerate(zip(VIEWS, frame.maps, strict=True))
        ]
        teacher = self._teacher.scores(Face(landmarks, 1.0))
        return Take(self._seen(camera, panes), frame, true[:, :2], teacher, camera)

    def painted(self, take: Take, source: int, look: Look, rng: np.random.Generator) -> Picture:
        """The atlas (96, 416, 3) as the look's camera has it."""
        views = atlas_views(take.frame.maps, take.camera)
        return photographed(
            self.painter.paint(take.seen, views, take.camera.placement, source, look), look.shot, rng
        )

    def _found(
        self, region: Region, camera: Camera, source: int, look: Look, rng: np.random.Generator
    ) -> Floats | None:
        """(478, 3) landmarks in pixels of the camera's picture, read from a picture of the region."""
        square = region.to_picture()
        step = square[:, :2] / WHOLE_FACE
        of_view = np.column_stack([step, square[:, 2] + step @ [0.5, 0.5]])
        pane = Pane(0, 0, WHOLE_FACE, WHOLE_FACE, camera.window(of_view, WHOLE_FACE, WHOLE_FACE))
        view = View(0, 0, WHOLE_FACE, WHOLE_FACE, camera.rays(of_view))
        plain = self.painter.paint(self._seen(camera, [pane]), [view], camera.placement, source, look)
        shot = Image.fromarray(photographed(plain, look.shot, rng)).resize((LANDMARK_INPUT, LANDMARK_INPUT))
        points, logit = self._networks.landmarks(np.asarray(shot))
        if 1 / (1 + np.exp(-logit)) < MIN_PRESENCE:
            return None
        return landmarks_in_picture(points, region)

    def _seen(self, camera: Camera, panes: Sequence[Pane]) -> Seen:
        buffers = self._rasteriser.see(camera.placement, camera.focal, panes)
        return packed(buffers, -float(camera.placement[2, 3]))


def canvases_of(sources: Sequence[HeadSource], networks: FaceNetworks, skins: int = SKINS) -> list[Canvas]:
    """What paint needs of sources, in their order."""
    found = []
    for source in sources:
        mean, marks = source.head(0), marks_of(source, networks)
        found.append(Canvas(np.stack([ball.centre for ball in mean.eyeballs]), marks, Skins(marks, skins)))
    return found


class Skins(Sequence[Skin]):
    """Skins of one source, each painted when first worn."""

    def __init__(self, marks: Floats, count: int) -> None:
        self._marks, self._count = marks, count
        self._painted: dict[int, Skin] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Skin:  # type: ignore[override]
        if number not in self._painted:
            self._painted[number] = painted_skin(number, self._marks)
        return self._painted[number]


def _beside(region: Region, rng: np.random.Generator) -> Region:
    """The face has moved on since the picture whose landmarks say where to cut."""
    x, y = rng.normal(0, 0.015, 2) * region.width
    side = region.width * rng.uniform(0.95, 1.06)
    return Region(region.x + x, region.y + y, side, side, region.rotation + rng.normal(0, 0.03))
