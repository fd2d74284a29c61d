"""One person as Blender objects: a head, eyes, hair, glasses, clothes; posed anew for each picture."""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from backend.core.faces import rotation_from_angles

from . import cycles_look as look
from .cycles_strands import STYLES, Strands, beard, brows, hair, hair_amount, lashes, under
from .heads import PART, PARTS, Floats, Head, Ints, sphere_through

IRIS_BULGE = 0.04  # of the eyeball's radius that the cornea stands out
RINGS, SEGMENTS = 40, 48
NOSE_BRIDGE, TEMPLES = 168, (127, 356)
SHARES = {"bald": 0.1, "beard": 0.18, "glasses": 0.22}


@dataclass(frozen=True, eq=False)
class Person:
    """What is posed. `strands` are curves and how they are rooted; they follow the skin."""

    head: Head
    skin: bpy.types.Object
    eyes: tuple[bpy.types.Object, bpy.types.Object]
    strands: tuple[tuple[bpy.types.Object, Strands], ...]
    root: bpy.types.Object

    def pose(self, coefficients: Floats, gaze: Floats, angles: Floats, place: Floats) -> None:
        """Coefficients (52,), gaze (2, 2), angles (3,) and place (3,) as in cycles_plan.Plan."""
        vertices = self.head.posed(coefficients, gaze)
        _write(self.skin.data.attributes["position"], vertices)
        self.skin.data.update()
        for curves, strands in self.strands:
            _write(curves.data.attributes["position"], strands.on(vertices, self.head.triangles))
            curves.data.update_tag()
        for ball, eye, (yaw, pitch) in zip(self.head.eyeballs, self.eyes, gaze, strict=True):
            eye.matrix_local = _matrix(rotation_from_angles(float(yaw), float(pitch), 0.0), ball.centre)
        self.root.matrix_world = _matrix(rotation_from_angles(*map(float, angles)), place)


def person(head: Head, marks: Floats, rng: np.random.Generator) -> Person:
    """Somebody with this head; marks (478, 3) as training.marks finds them on the source's mean head."""
    root = bpy.data.objects.new("person", None)
    bpy.context.collection.objects.link(root)
    colour = look.hair_colour(rng)
    bearded, bald, glasses = (rng.random() < SHARES[name] for name in ("beard", "bald", "glasses"))
    receding = max(0.0, rng.normal(0, 1.2))
    amount = hair_amount(head.paint, rng.uniform(-0.6, 0.8), receding) * (not bald)
    skin = _head(head, look.skin(marks, colour, bearded, rng), amount)
    strands = [_curves("brows", brows(head, marks, rng), colour * 0.8, 0.022)]
    strands.append(_curves("lashes", lashes(head, marks, rng), colour * 0.4, 0.014))
    if bearded:
        strands.append(_curves("beard", beard(head, marks, rng), colour, 0.018))
    if not bald:
        style = str(rng.choice(list(STYLES)))
        strands.append(_curves("hair", hair(head, amount, style, rng), colour, 0.045))
    eye_look = look.eye(rng)
    eyes = (_eyeball(head, 0, eye_look), _eyeball(head, 1, eye_look))
    worn = _glasses(head, marks, rng) if glasses else []
    for thing in (skin, *eyes, *(curves for curves, _ in strands), *worn, *_clothes(head, rng)):
        thing.parent = root
    return Person(head, skin, eyes, tuple(strands), root)


def _head(head: Head, skin: bpy.types.Material, amount: Floats) -> bpy.types.Object:
    """Everything but eyeballs and lash strips, which have stand-ins of their own."""
    kept = ~np.isin(head.part, [PART["lashes"], PART["left eye"], PART["right eye"]])
    triangles = head.triangles[kept[head.triangles].all(axis=1)]
    mesh = _mesh("head", head.rest, triangles)
    for name in PARTS:
        mesh.materials.append(skin if name == "skin" else _flesh(name))
    mesh.polygons.foreach_set("material_index", head.part[triangles].min(axis=1).astype(np.int32))
    _write(mesh.attributes.new("paint", "FLOAT_VECTOR", "POINT"), head.paint)
    mesh.attributes.new("scalp", "FLOAT", "POINT").data.foreach_set("value", amount.astype(np.float32))
    return _object("head", mesh)


def _flesh(part: str) -> bpy.types.Material:
    if part in look.FLESH:
        return look.plain(part, look.FLESH[part], 0.3, Subsurface_Weight=0.2, Subsurface_Scale=0.2)
    return look.plain(part, look.TEETH, 0.2, Subsurface_Weight=0.1, Subsurface_Scale=0.1)


def _eyeball(head: Head, side: int, material: bpy.types.Material) -> bpy.types.Object:
    """A smooth ball with a cornea in place of the head's own, which may be coarse."""
    radius = sphere_through(head.rest[head.eyeballs[side].vertices])[1]
    polar, turn = np.meshgrid(
        np.linspace(0.001, np.pi - 0.001, RINGS),
        np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False),
        indexing="ij",
    )
    ahead = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], -1).reshape(
        -1, 3
    )
    bulge = 1 + IRIS_BULGE * np.clip(1 - (polar.ravel() / 0.6) ** 2, 0, 1)[:, None]
    ring, step = np.meshgrid(np.arange(RINGS - 1), np.arange(SEGMENTS), indexing="ij")
    a, b = (ring * SEGMENTS + step).ravel(), (ring * SEGMENTS + (step + 1) % SEGMENTS).ravel()
    triangles = np.concatenate(
        [np.stack([a, a + SEGMENTS, b], 1), np.stack([b, a + SEGMENTS, b + SEGMENTS], 1)]
    )
    mesh = _mesh("eye", radius * bulge * ahead, triangles)
    mesh.materials.append(material)
    _write(mesh.attributes.new("ahead", "FLOAT_VECTOR", "POINT"), ahead)
    return _object("eye", mesh)


def _curves(
    name: str, strands: Strands, colour: Floats, thickness: float
) -> tuple[bpy.types.Object, Strands]:
    data = bpy.data.hair_curves.new(name)
    count, points = strands.shape.shape[:2]
    data.add_curves([points] * count)
    radius = thickness * np.tile(np.linspace(1, 0.25, points), count)
    data.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", radius.astype(np.float32))
    data.materials.append(look.strand(colour))
    return _object(name, data), strands


def _glasses(head: Head, marks: Floats, rng: np.random.Generator) -> list[bpy.types.Object]:
    """Two frames, a bridge and temples of wire, and lenses now and then."""
    triangle, corners = under(marks[[NOSE_BRIDGE, *TEMPLES], :2], head)
    bridge, right, left = np.einsum("sc,sci->si", corners, head.rest[head.triangles[triangle]])
    wide, high, square = rng.uniform(2.3, 2.9), rng.uniform(1.7, 2.4), rng.uniform(2.0, 5.0)
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    rim = np.stack([_power(np.cos(turn), 2 / square) * wide, _power(np.sin(turn), 2 / square) * high], axis=1)
    ahead = max(bridge[2] + 0.3, *(ball.centre[2] + 1.9 for ball in head.eyeballs))
    centres = [np.array([ball.centre[0] * 1.04, ball.centre[1] - 0.35, ahead]) for ball in head.eyeballs]
    lines = [np.column_stack([rim, -0.02 * rim[:, 0] ** 2]) + centre for centre in centres]
    inner = [centre - np.array([np.sign(centre[0]) * wide, -0.5, 0]) for centre in centres]
    lines.append(np.stack([inner[0], np.array([0, inner[0][1] + 0.3, ahead + 0.2]), inner[1]]))
    for centre, temple in zip(centres, (left, right), strict=True):
        outer = centre + np.array([np.sign(centre[0]) * wide, 0.5, -0.2])
        x = np.sign(centre[0]) * max(abs(temple[0]) + 0.3, abs(outer[0]))
        lines.append(np.stack([outer, [x, outer[1], outer[2] - 1], [x, outer[1] - 0.3, outer[2] - 11]]))
    frame = look.plain("frame", rng.uniform(5, 120, 3), 0.25, Metallic=float(rng.random() < 0.4))
    return [_wire(line, i < 2, rng.uniform(0.06, 0.2), frame) for i, line in enumerate(lines)]


def _power(values: Floats, exponent: float) -> Floats:
    return np.asarray(np.sign(values) * np.abs(values) ** exponent)


def _wire(line: Floats, closed: bool, thickness: float, material: bpy.types.Material) -> bpy.types.Object:
    data = bpy.data.curves.new("wire", "CURVE")
    data.dimensions, data.bevel_depth = "3D", thickness
    spline = data.splines.new("POLY")
    spline.points.add(len(line) - 1)
    spline.points.foreach_set("co", np.column_stack([line, np.ones(len(line))]).astype(np.float32).ravel())
    spline.use_cyclic_u = closed
    data.materials.append(material)
    return _object("wire", data)


def _clothes(head: Head, rng: np.random.Generator) -> list[bpy.types.Object]:
    """Shoulders and a collar, higher behind, that hide where the neck was cut."""
    low = float(head.rest[:, 1].min())
    cloth = look.woven(rng.uniform(10, 240, 3), rng.uniform(10, 240, 3), rng)
    made: list[bpy.types.Object] = []
    for radii, height, z in (
        ((20, 12, 10), -12.0, -7),
        ((8.8, 2.2, 8.6), 0.6, -7),
        ((10, 3.2, 6.5), 2.6, -11),
    ):
        bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=24, location=(0, low + height, z))
        thing = bpy.context.object
        thing.scale = radii
        thing.data.shade_smooth()
        thing.data.materials.append(cloth)
        made.append(thing)
    return made


def _mesh(name: str, vertices: Floats, triangles: Ints) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], triangles.tolist())
    mesh.shade_smooth()
    return mesh


def _object(name: str, data: bpy.types.ID) -> bpy.types.Object:
    made = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(made)
    return made


def _write(attribute: bpy.types.Attribute, values: Floats) -> None:
    attribute.data.foreach_set("vector", np.asarray(values, np.float32).ravel())


def _matrix(rotation: Floats, place: Floats) -> Matrix:
    rows = np.eye(4)
    rows[:3, :3], rows[:3, 3] = rotation, place
    return Matrix(rows.tolist())
