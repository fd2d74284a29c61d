"""Geometry to pictures: paints what the rasteriser saw with a look, as often and as differently as wanted.

One fragment shader on moderngl, so a GPU and Mesa's software renderer give the same picture. Buffers arrive
as they are stored (see Seen), so that painting a stored frame again needs no conversion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from backend.ports import Picture

from .heads import Floats
from .looks import Look
from .rasterise import NOTHING, Buffers, drawing_context
from .skins import LEFT, SCALE, SIZE, TOP, Skin

PLACES_A_CM, NORMAL_STEPS, DEPTHS_A_CM = 1500.0, 127.0, 10.0
QUAD = np.array([-1, -1, 1, -1, -1, 1, 1, 1], "f4")
SHADER = Path(__file__).with_name("painter.glsl")


@dataclass(frozen=True, eq=False)
class Seen:
    """Buffers in few bytes.

    place    (H, W, 4) int16: x, y, z on the mean head in 1/1500 cm, part
    surface  (H, W, 4) int8: normal × 127, depth before the head's origin in 1/10 cm
    """

    place: NDArray[np.int16]
    surface: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class View:
    """A part of the buffers and how its pixels look into the world: rays (2, 3), see Camera.rays."""

    left: int
    top: int
    width: int
    height: int
    rays: NDArray[np.float64]


def packed(buffers: Buffers, origin_depth: float) -> Seen:
    """origin_depth: of the head's origin, centimetres from the camera."""
    place = np.concatenate([buffers.paint * PLACES_A_CM, buffers.part[..., None]], axis=-1)
    nearer = np.clip((origin_depth - buffers.depth) * DEPTHS_A_CM, -127, 127)
    nearer = np.where(buffers.part == NOTHING, -127, nearer)
    surface = np.concatenate([buffers.normal * NORMAL_STEPS, nearer[..., None]], axis=-1)
    return Seen(np.rint(place).astype(np.int16), np.rint(surface).astype(np.int8))


@dataclass(frozen=True, eq=False)
class Canvas:
    """What paint needs of a source: eyeballs' centres (2, 3), landmarks (478, 3) on its mean head, skins."""

    eyes: Floats
    marks: Floats
    skins: Sequence[Skin]

    @property
    def lips(self) -> float:
        """The z of the middle of the lips."""
        return float(self.marks[[13, 14], 2].mean())


class Painter:
    """Paints pictures of at most width × height pixels. One thread's own; a context manager.

    gl  the context to paint in, None: one of its own. Raises NoRenderer.
    """

    def __init__(
        self, width: int, height: int, canvases: Sequence[Canvas], gl: moderngl.Context | None = None
    ) -> None:
        self._gl = gl or drawing_context()
        self._size, self._canvases = (width, height), canvases
        self._program = self._gl.program(
            vertex_shader="#version 330\nin vec2 at; void main() { gl_Position = vec4(at, 0, 1); }",
            fragment_shader=SHADER.read_text(),
        )
        self._quad = self._gl.simple_vertex_array(self._program, self._gl.buffer(QUAD.tobytes()), "at")
        self._place = self._texture(0, "place", self._size, "i2")
        self._surface = self._texture(1, "surface", self._size, "i1")
        self._skin = self._texture(2, "skin_", SIZE, "f1")
        self._behind = self._texture(3, "background", (12, 12), "f1", 3)
        self._frame = self._gl.simple_framebuffer(self._size, 3, dtype="f1")
        self._set("corner", (LEFT, TOP))
        self._set("across", (SIZE[0] / SCALE, SIZE[1] / SCALE))

    def __enter__(self) -> "Painter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gl.release()

    def paint(self, seen: Seen, views: Sequence[View], placement: Floats, source: int, look: Look) -> Picture:
        """(H, W, 3) uint8 of a head of source `source`, placement (3, 4) in front of the camera."""
        canvas = self._canvases[source]
        height, width = seen.place.shape[:2]
        self._place.write(np.ascontiguousarray(seen.place), (0, 0, width, height))
        self._surface.write(np.ascontiguousarray(seen.surface), (0, 0, width, height))
        self._skin.write(canvas.skins[look.person.skin])
        self._skin.build_mipmaps()
        self._behind.write(np.rint(look.scene.behind * 255).astype(np.uint8).tobytes())
        mode = moderngl.NEAREST if look.scene.blocks else moderngl.LINEAR
        self._behind.filter = (mode, mode)
        self._describe(canvas, placement, look)
        self._frame.use()
        self._gl.disable(moderngl.DEPTH_TEST)
        for view in views:
            # Textures and frame both hold rows from the top, so nothing is turned over.
            self._frame.viewport = (view.left, view.top, view.width, view.height)
            self._set("rays", view.rays.T)
            self._set("left_top", (view.left, view.top))
            self._set("extent", (view.width, view.height))
            self._quad.render(moderngl.TRIANGLE_STRIP)
        pixels = self._frame.read((0, 0, width, height), components=3, alignment=1)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)

    def _describe(self, canvas: Canvas, placement: Floats, look: Look) -> None:
        self._set("turn", placement[:, :3].T)
        self._set("origin", placement[:, 3])
        self._set("eyes", canvas.eyes)
        self._set("lips", canvas.lips)
        for kind in (look.person, look.scene, look.shot):
            for name, value in vars(kind).items():
                if name in self._program:
                    self._set(name, value)

    def _set(self, name: str, value: object) -> None:
        uniform = self._program[name]
        assert isinstance(uniform, moderngl.Uniform)  # noqa: S101 (the shader says so)
        kind = "i4" if name == "style" else "f4"
        uniform.write(np.ascontiguousarray(value, kind).tobytes())

    def _texture(
        self, unit: int, name: str, size: tuple[int, int], kind: str, components: int = 4
    ) -> moderngl.Texture:
        texture = self._gl.texture(size, components, dtype=kind, alignment=1)
        if kind != "f1":
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        texture.repeat_x = texture.repeat_y = False
        texture.use(unit)
        sampler: Any = self._program[name]
        sampler.value = unit
        return texture
