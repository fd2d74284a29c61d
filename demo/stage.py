"""Camera, light and pictures for a head in Blender, the same for the known clip and for the rig's preview.

Runs inside Blender. Workbench, because it looks alike everywhere and needs no graphics card.
"""

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

LENS = 85.0  # mm: a portrait lens; nearer ones bend the face
BACKGROUND = (0.10, 0.12, 0.14)  # linear
FILLS = 0.86  # of the picture's height that the framed objects take


def frame_objects(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> bpy.types.Object:
    """A camera in front of the objects (they face −y) that shows all of them."""
    low, high = _extent(objects)
    camera = bpy.data.objects.new("Demo Camera", bpy.data.cameras.new("Demo Camera"))
    camera.data.lens = LENS
    camera.data.sensor_fit = "VERTICAL"
    half_angle = np.arctan(camera.data.sensor_height / 2 / LENS)
    height = high[2] - low[2]
    distance = height / (2 * FILLS * np.tan(half_angle))
    camera.location = ((low[0] + high[0]) / 2, low[1] - distance, (low[2] + high[2]) / 2)
    camera.rotation_euler = (np.pi / 2, 0.0, 0.0)
    camera.data.clip_start, camera.data.clip_end = distance / 100, distance * 100
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def light(scene: bpy.types.Scene, size: int) -> None:
    """Workbench with textures, a square picture of `size` pixels a side, JPEG."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.render_aa = "FXAA"
    scene.display.shading.light = "STUDIO"
    scene.display.shading.color_type = "TEXTURE"
    scene.display.shading.show_specular_highlight = False
    scene.world = scene.world or bpy.data.worlds.new("Demo World")
    scene.world.color = BACKGROUND
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.exposure = 0.5
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "JPEG"
    scene.render.image_settings.quality = 95


def take_picture(scene: bpy.types.Scene, path: Path) -> None:
    """Render the scene as it stands into one file."""
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def _extent(objects: Sequence[bpy.types.Object]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    bpy.context.view_layer.update()
    corners = np.array([o.matrix_world @ Vector(corner) for o in objects for corner in o.bound_box])
    return corners.min(axis=0), corners.max(axis=0)
