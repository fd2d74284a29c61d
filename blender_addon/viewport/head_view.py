"""Draws a rig's face with a shader of our own into a picture on the graphics card.

Hundreds a second, where Blender's own viewport needs a quarter of a second each by software; and the scene,
its render settings and its Render Result are never touched. Every take has the same camera and light.
"""

from typing import Any

import bpy
import gpu
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..scene.surfaces import Part, Seen
from ..surface import Floats, Frame, View

_DISTANCE = 7.0  # camera from the face, in halves of its height: about a portrait lens
_VERTEX = """
void main() {
  turned = normal;
  place = uv;
  gl_Position = camera * vec4(pos, 1.0);
}
"""
# Two lights and an overall one, in front of the face whichever way it looks; linear out, as regions want it.
_FRAGMENT = """
void main() {
  vec4 paint = vec4(colour, 1.0);
  if (painted) { paint = texture(image, place); }
  if (cut_out && paint.a < 0.5) { discard; }
  vec3 n = normalize(turned);
  if (n.z < 0.0) { n = -n; }
  float key = max(dot(n, normalize(vec3(-0.45, 0.55, 0.7))), 0.0);
  float fill = max(dot(n, normalize(vec3(0.8, 0.1, 0.5))), 0.0);
  float shine = pow(max(dot(n, normalize(vec3(-0.22, 0.28, 1.0))), 0.0), 40.0);
  vec3 lit = paint.rgb * (0.28 + 0.75 * key + 0.22 * fill) + vec3(0.05 * shine);
  out_colour = vec4(lit, 1.0);
}
"""
BACKGROUND = (0.012, 0.013, 0.015, 1.0)


class HeadView:
    """One face with its colours on the graphics card; `close` frees what it holds."""

    def __init__(self, seen: Seen) -> None:
        surface = seen.face.surface
        self._surface = surface
        self._camera = Matrix(camera_matrix(seen.face.frame, seen.face.view).tolist())
        self._axes = _axes(seen.face.frame)
        self._shader = _shader()
        self._format = _format()
        self._parts = [(part, *_corners(part, surface.triangles)) for part in seen.parts]

    def draw(self, vertices: Floats, onto: gpu.types.GPUOffScreen) -> None:
        """The face with its vertices (V, 3) there."""
        normals = self._surface.normals(vertices) @ self._axes.T  # as the camera sees them
        with onto.bind():
            gpu.state.active_framebuffer_get().clear(color=BACKGROUND, depth=1.0)
            gpu.state.depth_test_set("LESS_EQUAL")
            gpu.state.depth_mask_set(True)
            gpu.state.blend_set("NONE")
            self._shader.bind()
            self._shader.uniform_float("camera", self._camera)
            for part, corners, uv in self._parts:
                self._draw_part(part, vertices[corners], normals[corners], uv)
            gpu.state.depth_mask_set(False)
            gpu.state.depth_test_set("NONE")

    def _draw_part(self, part: Part, places: Floats, normals: Floats, uv: Floats) -> None:
        buffer = gpu.types.GPUVertBuf(self._format, len(places))
        for name, values in (("pos", places), ("normal", normals), ("uv", uv)):
            buffer.attr_fill(name, np.ascontiguousarray(values, np.float32))
        image = bpy.data.images.get(part.image) if part.image else None
        self._shader.uniform_float("colour", part.colour)
        self._shader.uniform_bool("painted", [image is not None])
        self._shader.uniform_bool("cut_out", [part.cut_out and image is not None])
        self._shader.uniform_sampler("image", gpu.texture.from_image(image) if image else _blank())
        gpu.types.GPUBatch(type="TRIS", buf=buffer).draw(self._shader)


def sheet(side: int) -> Any:
    """A square to draw onto; `free` it."""
    return gpu.types.GPUOffScreen(side, side, format="RGBA16F")


def picture_of(onto: gpu.types.GPUOffScreen) -> NDArray[np.float32]:
    """(height, width, 4) linear colours of what was drawn, bottom row first, as Blender's images have it."""
    with onto.bind():
        pixels = gpu.state.active_framebuffer_get().read_color(0, 0, onto.width, onto.height, 4, 0, "FLOAT")
    pixels.dimensions = onto.width * onto.height * 4
    return np.asarray(pixels, np.float32).reshape(onto.height, onto.width, 4)


def on_screen(frame: Frame, view: View, places: Floats) -> Floats:
    """(N, 2) where places (N, 3) are seen in the picture, 0..1 of its sides from the lower left."""
    whole = np.concatenate([places, np.ones((len(places), 1))], axis=1) @ camera_matrix(frame, view).T
    return np.asarray(whole[:, :2] / whole[:, 3:] / 2 + 0.5, np.float32)


def camera_matrix(frame: Frame, view: View) -> NDArray[np.float64]:
    """(4, 4) world to clip space: from in front of the face, which fills the picture's height."""
    axes = _axes(frame)
    distance = _DISTANCE * view.half
    to_camera = np.eye(4)
    to_camera[:3, :3] = axes
    to_camera[:3, 3] = -axes @ (np.asarray(view.middle, np.float64) + axes[2] * distance)
    near, far = distance / 4, distance * 4
    projection = np.diag([_DISTANCE, _DISTANCE, -(far + near) / (far - near), 0.0])
    projection[2, 3], projection[3, 2] = -2 * far * near / (far - near), -1.0
    return np.asarray(projection @ to_camera)


def _axes(frame: Frame) -> NDArray[np.float64]:
    """(3, 3) rows: right, up and towards the camera, as the camera sees them."""
    return np.stack([frame.left, frame.up, frame.forward]).astype(np.float64)


def _corners(part: Part, triangles: NDArray[np.int32]) -> tuple[NDArray[np.int32], Floats]:
    """(3 T,) vertices, and places in the image (3 T, 2), one for each corner."""
    corners = triangles[part.triangles].ravel()
    uv = np.zeros((len(corners), 2), np.float32) if part.uv is None else part.uv.reshape(-1, 2)
    return corners, uv


def _shader() -> Any:
    made = gpu.types.GPUShaderCreateInfo()
    made.push_constant("MAT4", "camera")
    made.push_constant("VEC3", "colour")
    made.push_constant("BOOL", "painted")
    made.push_constant("BOOL", "cut_out")
    made.sampler(0, "FLOAT_2D", "image")
    made.vertex_in(0, "VEC3", "pos")
    made.vertex_in(1, "VEC3", "normal")
    made.vertex_in(2, "VEC2", "uv")
    between = gpu.types.GPUStageInterfaceInfo("superface_head")
    between.smooth("VEC3", "turned")
    between.smooth("VEC2", "place")
    made.vertex_out(between)
    made.fragment_out(0, "VEC4", "out_colour")
    made.vertex_source(_VERTEX)
    made.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(made)


def _format() -> Any:
    made = gpu.types.GPUVertFormat()
    for name, length in (("pos", 3), ("normal", 3), ("uv", 2)):
        made.attr_add(id=name, comp_type="F32", len=length, fetch_mode="FLOAT")
    return made


def _blank() -> Any:
    return gpu.types.GPUTexture((1, 1), format="RGBA8")
