"""Geometry to buffers: what each pixel shows, from which all light and paint can be made anew later.

moderngl on EGL, so it runs without a screen, on a GPU or on Mesa's software renderer alike.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from .heads import Floats, Ints

NEAR, FAR = 5.0, 500.0  # centimetres
BACKEND: dict[str, Any] = {"backend": "egl"} if sys.platform == "linux" else {}
NOTHING = 255  # part where no surface is
WHOLE = np.array([[1.0, 0, 0], [0, 1, 0]])
UPSIDE_DOWN = np.diag([1.0, -1.0])

VERTEX = """
#version 330
uniform mat4 projection;
uniform mat4x3 placement;
uniform mat3x2 window;
in vec3 position; in vec3 normal; in vec3 paint; in float part;
out vec3 turned; out vec3 painted; out float distance_; flat out float part_;
void main() {
    vec3 placed = placement * vec4(position, 1.0);
    turned = mat3(placement) * normal; painted = paint; part_ = part; distance_ = -placed.z;
    vec4 whole = projection * vec4(placed, 1.0);
    gl_Position = vec4(window * vec3(whole.xy, whole.w), whole.zw);
}
"""
FRAGMENT = """
#version 330
in vec3 turned; in vec3 painted; in float distance_; flat in float part_;
layout(location = 0) out vec4 surface; layout(location = 1) out vec4 paint;
void main() {
    vec3 n = normalize(turned);
    surface = vec4(gl_FrontFacing ? -n : n, distance_); // panes are drawn upside down
    paint = vec4(painted, part_);
}
"""


@dataclass(frozen=True, eq=False)
class Buffers:
    """What a camera sees, rows from the top.

    part    (H, W) uint8 index into heads.PARTS, NOTHING where there is none
    paint   (H, W, 3) place on the source's mean head, centimetres
    normal  (H, W, 3) towards the camera, camera's frame (x right, y up, z towards it)
    depth   (H, W) centimetres in front of the camera
    """

    part: NDArray[np.uint8]
    paint: Floats
    normal: Floats
    depth: Floats


@dataclass(frozen=True, eq=False)
class Pane:
    """A part of the buffers, pixels from their top left, and what it shows: window (2, 3) from the whole
    picture to the pane, both from −1 to 1, x right and y up.
    """

    left: int
    top: int
    width: int
    height: int
    window: NDArray[np.float64]


class NoRenderer(RuntimeError):
    """There is no EGL to draw with."""


class Rasteriser:
    """Draws heads into buffers of width × height pixels, a square without a height. One thread's own; a
    context manager.

    Raises NoRenderer when there is neither a GPU's EGL nor Mesa's.
    """

    def __init__(self, width: int, height: int | None = None) -> None:
        self.gl = drawing_context()
        self._size = (width, height or width)
        self._program = self.gl.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        targets = [self.gl.texture(self._size, 4, dtype="f4") for _ in range(2)]
        self._frame = self.gl.framebuffer(targets, self.gl.depth_renderbuffer(self._size))
        self._loaded: list[Any] = []

    def __enter__(self) -> "Rasteriser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gl.release()

    def draw(
        self, vertices: Floats, triangles: Ints, part: NDArray[np.uint8], paint: Floats, placement: Floats,
        focal: float, panes: Sequence[Pane] = (),
    ) -> Buffers:  # fmt: skip
        """Buffers of a head (V, 3) put into the camera's frame by placement (3, 4).

        focal  focal length in half widths of the picture: 1 / tan(half the field of view)
        panes  parts of the picture to be drawn side by side; none: the whole picture
        """
        self.load(vertices, triangles, part, paint)
        return self.see(placement, focal, panes)

    def load(self, vertices: Floats, triangles: Ints, part: NDArray[np.uint8], paint: Floats) -> None:
        """The head that `see` shows until another is loaded."""
        for thing in self._loaded:
            thing.release()
        rows = np.column_stack([vertices, normals_of(vertices, triangles), paint, part]).astype("f4")
        with_vertices = self.gl.buffer(rows.tobytes())
        with_corners = self.gl.buffer(triangles.astype("i4").tobytes())
        layout = [(with_vertices, "3f 3f 3f 1f", "position", "normal", "paint", "part")]
        array = self.gl.vertex_array(self._program, layout, with_corners)
        self._loaded = [array, with_vertices, with_corners]

    def see(self, placement: Floats, focal: float, panes: Sequence[Pane] = ()) -> Buffers:
        """Buffers of the head last loaded, as large as the panes reach; see `draw`."""
        panes = panes or [Pane(0, 0, *self._size, WHOLE)]
        width = max(pane.left + pane.width for pane in panes)
        height = max(pane.top + pane.height for pane in panes)
        self._uniform("projection").write(_projection(focal).T.astype("f4").tobytes())
        self._uniform("placement").write(placement.T.astype("f4").tobytes())
        self._frame.use()
        self.gl.enable(moderngl.DEPTH_TEST)
        self._frame.viewport = (0, 0, width, height)
        self._frame.clear(0, 0, 0, NOTHING)
        for pane in panes:
            # Rows from the top: the pane is drawn upside down into a frame whose first row is its lowest.
            self._frame.viewport = self._frame.scissor = (pane.left, pane.top, pane.width, pane.height)
            self._uniform("window").write((UPSIDE_DOWN @ pane.window).T.astype("f4").tobytes())
            self._loaded[0].render()
        self._frame.scissor = (0, 0, width, height)
        surface, painted = (self._read(target, width, height) for target in range(2))
        return Buffers(painted[..., 3].astype(np.uint8), painted[..., :3], surface[..., :3], surface[..., 3])

    def _uniform(self, name: str) -> moderngl.Uniform:
        found = self._program[name]
        assert isinstance(found, moderngl.Uniform)  # noqa: S101 (the shader above says so)
        return found

    def _read(self, target: int, width: int, height: int) -> Floats:
        values = self._frame.read((0, 0, width, height), components=4, attachment=target, dtype="f4")
        return np.frombuffer(values, np.float32).reshape(height, width, 4)


def drawing_context() -> moderngl.Context:
    """A place to draw without a screen. Raises NoRenderer when there is neither a GPU's EGL nor Mesa's."""
    try:
        return moderngl.create_standalone_context(**BACKEND)
    except Exception as err:  # moderngl raises nothing narrower
        raise NoRenderer(
            f"no EGL to draw with ({err}); on Debian: apt-get install libegl1 libgl1-mesa-dri"
        ) from err


def normals_of(vertices: Floats, triangles: Ints) -> Floats:
    """(V, 3) unit normals, faces weighted by their area."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    of_face = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(of_face[:, i], 3), len(vertices)) for i in range(3)], axis=1
    )
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12), np.float32)


def _projection(focal: float) -> NDArray[np.float64]:
    span = NEAR - FAR
    return np.array(
        [
            [focal, 0, 0, 0],
            [0, focal, 0, 0],
            [0, 0, (FAR + NEAR) / span, 2 * FAR * NEAR / span],
            [0, 0, -1, 0],
        ]
    )
