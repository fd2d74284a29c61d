"""What is around a person: a sky of windows and lamps, area lights, things out of focus, and a camera."""

import bpy
import numpy as np

from . import cycles_look as look
from .cycles_plan import CAMERA_HEIGHT
from .cycles_strands import Floats

SKY = (128, 256)  # pixels of the panorama
LAMP_ENERGY = 70_000  # of all lamps, in a world whose metres are centimetres
# Filmic and AgX hold more light than Standard before they burn out.
EXPOSURES = {"AgX": 0.4, "Filmic": 0.3, "Standard": -0.5}


def stage(size: int, samples: int, focal: float, distance: float, rng: np.random.Generator) -> None:
    """A new scene: Cycles on the processor, light, background, a camera that looks along −z, y up.

    size in pixels, samples a pixel; focal and distance as in cycles_plan.Plan
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _settings(size, samples, rng)
    _sky(rng)
    lamps = rng.integers(1, 4)
    for _ in range(lamps):
        _lamp(LAMP_ENERGY / lamps, rng)
    for _ in range(rng.integers(2, 7)):
        _thing(rng)
    _camera(focal, distance, float(rng.uniform(0.05, 0.2)))


def _settings(size: int, samples: int, rng: np.random.Generator) -> None:
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    render, cycles = scene.render, scene.cycles
    render.engine, render.threads_mode, render.threads = "CYCLES", "FIXED", 1
    render.resolution_x = render.resolution_y = size
    cycles.device, cycles.samples, cycles.use_adaptive_sampling = "CPU", samples, False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_quality, cycles.denoising_prefilter = "FAST", "NONE"
    cycles.denoising_input_passes = "RGB_ALBEDO"  # half of the time of all passes, and looks the same
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 1, 1
    scene.cycles_curves.shape = "RIBBONS"
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
    transform = str(rng.choice(list(EXPOSURES)))
    scene.view_settings.view_transform = transform
    scene.view_settings.exposure = EXPOSURES[transform] + float(rng.normal(0, 0.3))


def panorama(rng: np.random.Generator) -> Floats:
    """(H, W, 3), rows from the top: light from everywhere: a gradient, blotches, and bright windows."""
    high, wide = SKY
    up = np.linspace(1, 0, high)[:, None, None]
    light = _tinted(0.05, 0.5, rng) * (1 - up) + _tinted(0.2, 0.9, rng) * up
    light = np.repeat(light, wide, axis=1)
    row, column = np.mgrid[0:high, 0:wide]
    for _ in range(rng.integers(4, 14)):
        y, x, h, w = rng.uniform((0.1, 0, 0.03, 0.02), (0.95, 1, 0.2, 0.12))
        away = np.minimum(np.abs(column / wide - x), 1 - np.abs(column / wide - x))
        inside = (np.abs(row / high - y) < h / 2) & (away < w / 2)
        strength = rng.choice([0.3, 1.5, 6.0], p=[0.5, 0.3, 0.2])
        light[inside] = strength * rng.uniform(0.6, 1.0, 3)
    return np.asarray(light * rng.uniform(0.4, 1.1), np.float32)


def _tinted(least: float, most: float, rng: np.random.Generator) -> Floats:
    """(3,) a grey with some colour in it."""
    return rng.uniform(least, most) * (1 + rng.uniform(-0.2, 0.2, 3))


def _sky(rng: np.random.Generator) -> None:
    light = panorama(rng)
    image = look.data_image("sky", np.concatenate([light, np.ones((*SKY, 1), np.float32)], axis=-1))
    g = look.Graph(bpy.context.scene.world)
    where = g.node("TexCoord", {}, output="Generated")
    upright = g.node("Mapping", {"Vector": where, "Rotation": (np.pi / 2, 0, rng.uniform(0, 2 * np.pi))})
    colour = g.node("TexEnvironment", {"Vector": upright}, image=image)
    g.node("OutputWorld", {"Surface": g.node("Background", {"Color": colour, "Strength": 1.0})})


def _lamp(energy: float, rng: np.random.Generator) -> None:
    """An area light somewhere before the person, warm or cold, hard or soft."""
    yaw, height = rng.normal(0, 0.8), rng.uniform(-20, 110)
    data = bpy.data.lights.new("lamp", "AREA")
    data.size = rng.uniform(8, 90)
    data.energy = energy * float(np.exp(rng.normal(0, 0.5)))
    data.color = tuple(np.clip(1 + rng.normal(0, 0.12) * np.array([1, 0, -1]), 0.5, 1.0))
    lamp = bpy.data.objects.new("lamp", data)
    lamp.location = (110 * np.sin(yaw), height, 110 * np.cos(yaw))
    lamp.rotation_mode = "QUATERNION"
    lamp.rotation_quaternion = lamp.location.to_track_quat("Z", "Y")
    bpy.context.collection.objects.link(lamp)


def _thing(rng: np.random.Generator) -> None:
    """A box or ball behind the person."""
    place = (rng.uniform(-90, 90), rng.uniform(-60, 60), rng.uniform(-260, -70))
    add = bpy.ops.mesh.primitive_cube_add if rng.random() < 0.7 else bpy.ops.mesh.primitive_uv_sphere_add
    add(location=place, rotation=tuple(rng.uniform(-0.5, 0.5, 3)))
    bpy.context.object.scale = rng.uniform(8, 60, 3)
    bpy.context.object.data.materials.append(
        look.woven(rng.uniform(10, 240, 3), rng.uniform(10, 240, 3), rng)
    )


def _camera(focal: float, distance: float, aperture: float) -> None:
    """In focus at the eyes; `aperture` is an f-number in a world whose metres are centimetres."""
    data = bpy.data.cameras.new("camera")
    data.sensor_width, data.lens, data.clip_end = 36, 36 * focal, 2000
    data.dof.use_dof, data.dof.focus_distance, data.dof.aperture_fstop = True, distance - 2, aperture
    camera = bpy.data.objects.new("camera", data)
    camera.location = (0, CAMERA_HEIGHT, distance)
    bpy.context.collection.objects.link(camera)
    bpy.context.scene.camera = camera
