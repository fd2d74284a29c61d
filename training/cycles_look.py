"""Materials for Cycles: skin that scatters light, painted lips and brows, eyes, hair, teeth.

Nothing is shared with the paint of the training renderer, on purpose: whoever was trained there meets other
skin here.
"""

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from backend.core.face_views import LIPS

from .cycles_strands import BEARD, LOWER_LIDS, UPPER_LIDS, Floats
from .skins import BROWS

PAINT_SPAN = 20.0  # centimetres that the masks cover, about PAINT_MIDDLE
PAINT_MIDDLE = (0.0, -3.0)
PIXELS = 1024
# sRGB, from the lightest skin to the darkest; hair, irises, and what is soft inside a mouth.
SKINS = ((248, 218, 202), (232, 190, 164), (208, 160, 128), (172, 120, 86), (124, 80, 56), (76, 48, 36))
HAIRS = (
    (18, 15, 14),
    (42, 28, 20),
    (84, 54, 34),
    (132, 92, 54),
    (186, 148, 96),
    (128, 60, 34),
    (170, 168, 166),
)
IRISES = ((58, 34, 20), (92, 58, 32), (104, 104, 58), (84, 118, 132), (110, 142, 164), (112, 120, 122))
FLESH = {
    "mouth": (120, 42, 44),
    "gums": (188, 100, 100),
    "tongue": (190, 96, 100),
    "sockets": (196, 120, 108),
}
TEETH, SCLERA, PUPIL = (228, 218, 196), (226, 218, 212), (6, 6, 7)

Socket = Any  # a node's output, a number or a colour


def linear(colour: Floats | tuple[int, ...]) -> tuple[float, float, float, float]:
    """Linear RGBA of an sRGB colour, 0..255."""
    red, green, blue = _linear(np.asarray(colour, np.float64))
    return float(red), float(green), float(blue), 1.0


def _linear(colour: Floats) -> Floats:
    c = np.clip(colour, 0, 255) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


class Graph:
    """The nodes of one material or world, made one by one; `node` gives the first output of each."""

    def __init__(self, owner: bpy.types.Material | bpy.types.World) -> None:
        if owner.node_tree is None:  # from Blender 5.0 on there always is one
            owner.use_nodes = True
        self._tree = owner.node_tree
        self._tree.nodes.clear()

    def node(self, kind: str, inputs: Mapping[Any, Socket], output: Any = 0, **settings: object) -> Socket:
        made = self._tree.nodes.new(f"ShaderNode{kind}")
        for name, value in settings.items():
            setattr(made, name, value)
        for key, value in inputs.items():
            if isinstance(value, bpy.types.NodeSocket):
                self._tree.links.new(value, made.inputs[key])
            else:
                made.inputs[key].default_value = value
        return made.outputs[output] if len(made.outputs) else None

    def math(self, operation: str, *values: Socket) -> Socket:
        return self.node("Math", dict(enumerate(values)), operation=operation)

    def mix(self, amount: Socket, one: Socket, other: Socket, blend: str = "MIX") -> Socket:
        """Colours mixed; the node's sockets for colours are the seventh and eighth."""
        inputs = {0: amount, 6: one, 7: other}
        return self.node("Mix", inputs, output=2, data_type="RGBA", blend_type=blend)

    def ramp(self, value: Socket, low: float, high: float, to: tuple[float, float] = (0, 1)) -> Socket:
        """Smoothly from to[0] below `low` to to[1] above `high`."""
        inputs = {0: value, 1: low, 2: high, 3: to[0], 4: to[1]}
        return self.node("MapRange", inputs, interpolation_type="SMOOTHSTEP")

    def noise(self, scale: float, detail: float = 3.0, where: Socket | None = None) -> Socket:
        inputs: dict[str, Socket] = {"Scale": scale, "Detail": detail}
        return self.node("TexNoise", inputs | ({} if where is None else {"Vector": where}))

    def attribute(self, name: str, output: str = "Vector") -> Socket:
        return self.node("Attribute", {}, output=output, attribute_name=name)

    def surface(self, shader: Socket) -> None:
        self.node("OutputMaterial", {"Surface": shader})


def skin(marks: Floats, hair_colour: Floats, bearded: bool, rng: np.random.Generator) -> bpy.types.Material:
    """Skin of any tone, painted in front, with pores, scattering light; hair's colour under hair."""
    tone = _between(SKINS, rng.uniform(0, len(SKINS) - 1)) * rng.normal(1, 0.015, 3)
    material = bpy.data.materials.new("skin")
    g = Graph(material)
    paint = g.attribute("paint")
    inputs = {"Vector": _place_in_paint(g, paint)}
    picture = data_image("skin", painted_skin(tone, marks, hair_colour, bearded, rng))
    colour = g.node("TexImage", inputs, image=picture, extension="EXTEND")
    lips = g.node("TexImage", inputs, output="Alpha", image=picture, extension="EXTEND")
    _, y, z = (g.node("SeparateXYZ", {0: paint}, output=axis) for axis in range(3))
    face = g.math("MULTIPLY", g.ramp(z, -6, -4), g.ramp(y, -12.8, -11.5))  # the neck would show its edge
    colour = g.mix(face, linear(tone), colour)
    colour = g.mix(g.math("MULTIPLY", g.attribute("scalp", "Fac"), 0.85), colour, linear(hair_colour * 0.8))
    pores = g.node("TexVoronoi", {"Scale": rng.uniform(4, 9), "Vector": paint})
    bump = g.node("Bump", {"Height": pores, "Strength": rng.uniform(0.08, 0.3), "Distance": 0.1})
    rough = rng.uniform(0.38, 0.62)
    inputs = {
        "Base Color": colour, "Roughness": g.ramp(lips, 0, 1, (rough, rough - rng.uniform(0.05, 0.25))),
        "Subsurface Weight": rng.uniform(0.1, 0.35), "Subsurface Radius": (1.0, 0.35, 0.2),
        "Subsurface Scale": 0.35, "Specular IOR Level": rng.uniform(0.3, 0.6), "Normal": bump,
    }  # fmt: skip
    g.surface(g.node("BsdfPrincipled", inputs, subsurface_method="BURLEY"))
    return material


def painted_skin(
    tone: Floats, marks: Floats, hair_colour: Floats, bearded: bool, rng: np.random.Generator
) -> Floats:
    """(PIXELS, PIXELS, 4), rows from the top: linear colour of the face as seen from the front on the mean
    head, and where the lips are.
    """
    lips = _filled([marks[LIPS]], 3)
    lids = _lines([marks[ids] for ids in UPPER_LIDS + LOWER_LIDS], 0.1, 2)
    outlines = [_slimmer(marks[list(upper + lower[::-1])], rng.uniform(0.5, 1.0)) for upper, lower in BROWS]
    brow = _filled(outlines, 7)
    stubble = _filled([marks[list(BEARD)]], 26) * (1 - lips)
    colour = np.tile(tone, (PIXELS, PIXELS, 1))
    ruddy = np.array([1.0, rng.uniform(0.82, 0.95), rng.uniform(0.82, 0.95)])
    _over(colour, tone * ruddy, np.clip(0.4 + 0.3 * _blotches(16, rng), 0, 1))
    _over(colour, tone * 0.62, (_blotches(300, rng) > 1.1) * rng.uniform(0, 0.7) ** 2)
    tint = [rng.uniform(0.78, 1.0), rng.uniform(0.5, 0.72), rng.uniform(0.5, 0.75)]
    _over(colour, tone * tint, lips * rng.uniform(0.75, 1))
    _over(colour, tone * 0.3, lids * rng.uniform(0.2, 0.7))
    _over(colour, hair_colour * 0.8, brow * rng.uniform(0.3, 0.6))
    shaven = 0.75 if bearded else max(0.0, rng.uniform(-0.6, 0.45))
    _over(colour, hair_colour * 0.8, stubble * shaven * np.clip(0.75 + 0.25 * _blotches(400, rng), 0, 1))
    return np.concatenate(
        [_linear(colour * (1 + 0.02 * _blotches(200, rng)[..., None])), lips[..., None]], axis=-1
    )


def _over(colour: Floats, other: Floats, amount: Floats) -> None:
    colour += (other - colour) * amount[..., None]


def _blotches(cells: int, rng: np.random.Generator) -> Floats:
    """(PIXELS, PIXELS) smooth noise of spread 1 or a little less, `cells` across."""
    coarse = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((PIXELS, PIXELS), Image.Resampling.BICUBIC))


def _slimmer(outline: Floats, share: float) -> Floats:
    """A brow's outline, its height times `share`."""
    upper, lower = outline[:5], outline[:4:-1]
    middle = (upper + lower) / 2
    return np.concatenate([middle + share * (upper - middle), (middle + share * (lower - middle))[::-1]])


def _place(points: Floats) -> list[tuple[float, float]]:
    xy = (np.asarray(points)[:, :2] - PAINT_MIDDLE) / PAINT_SPAN
    return [(float((0.5 + x) * PIXELS), float((0.5 - y) * PIXELS)) for x, y in xy]


def _filled(outlines: list[Floats], blur: float) -> Floats:
    picture = Image.new("L", (PIXELS, PIXELS))
    for outline in outlines:
        ImageDraw.Draw(picture).polygon(_place(outline), fill=255)
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255


def _lines(lines: list[Floats], width: float, blur: float) -> Floats:
    picture = Image.new("L", (PIXELS, PIXELS))
    for line in lines:
        ImageDraw.Draw(picture).line(_place(line), 255, round(width / PAINT_SPAN * PIXELS), joint="curve")
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255


def data_image(name: str, values: Floats) -> bpy.types.Image:
    """Numbers (H, W, 4), rows from the top, as Cycles reads them: without conversion."""
    image = bpy.data.images.new(
        name, values.shape[1], values.shape[0], alpha=True, float_buffer=True, is_data=True
    )
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set(np.asarray(values, np.float32)[::-1].ravel())
    image.pack()
    return image


def _place_in_paint(g: Graph, paint: Socket) -> Socket:
    """0..1 across the painted square."""
    x, y = PAINT_MIDDLE
    shifted = g.node(
        "VectorMath", {0: paint, 1: (PAINT_SPAN / 2 - x, PAINT_SPAN / 2 - y, 0)}, operation="ADD"
    )
    return g.node("VectorMath", {0: shifted, 1: (1 / PAINT_SPAN,) * 3}, operation="MULTIPLY")


def eye(rng: np.random.Generator) -> bpy.types.Material:
    """By the angle from where it looks: pupil, streaked iris with a dark rim, white with veins; wet."""
    material = bpy.data.materials.new("eye")
    g = Graph(material)
    ahead = g.attribute("ahead")  # unit vector in the eye's own axes, z where it looks
    x, y, z = (g.node("SeparateXYZ", {0: ahead}, output=i) for i in range(3))
    angle = g.math("ARCCOSINE", z)
    iris_edge, pupil_edge = rng.uniform(0.45, 0.52), rng.uniform(0.17, 0.28)
    around = g.node("CombineXYZ", {0: g.math("ARCTAN2", x, y), 1: g.math("MULTIPLY", angle, 0.6)})
    bright = _between(IRISES, rng.uniform(0, len(IRISES) - 1)) * rng.uniform(0.8, 1.1)
    iris = g.mix(
        g.ramp(g.noise(9, 2, around), 0.3, 0.7), linear(bright * 0.55), linear(np.minimum(bright * 1.2, 255))
    )
    iris = g.mix(g.ramp(angle, iris_edge - 0.12, iris_edge), iris, linear(bright * 0.3))
    veins = g.math("MULTIPLY", g.ramp(g.noise(5, 6, ahead), 0.52, 0.62), g.ramp(angle, 0.6, 1.2, (0, 0.35)))
    colour = g.mix(veins, linear(np.array(SCLERA) * rng.uniform(0.78, 0.94)), linear((190, 90, 84)))
    colour = g.mix(g.ramp(angle, iris_edge + 0.04, iris_edge - 0.04), colour, iris)
    colour = g.mix(g.ramp(angle, pupil_edge + 0.03, pupil_edge - 0.03), colour, linear(PUPIL))
    inputs = {"Base Color": colour, "Roughness": 0.4, "Coat Weight": 0.7, "Coat Roughness": 0.02}
    g.surface(g.node("BsdfPrincipled", inputs))
    return material


def plain(
    name: str, colour: Floats | tuple[int, ...], roughness: float = 0.5, **inputs: float
) -> bpy.types.Material:
    """One colour; other inputs of the Principled shader by name, words joined by _."""
    material = bpy.data.materials.new(name)
    g = Graph(material)
    named = {key.replace("_", " "): value for key, value in inputs.items()}
    g.surface(g.node("BsdfPrincipled", {"Base Color": linear(colour), "Roughness": roughness} | named))
    return material


def woven(colour: Floats, other: Floats, rng: np.random.Generator) -> bpy.types.Material:
    """Cloth or background: two colours in blotches, cells or stripes."""
    material = bpy.data.materials.new("woven")
    g = Graph(material)
    kind, scale = rng.choice(["TexNoise", "TexVoronoi", "TexWave"]), rng.uniform(0.05, 0.6)
    pattern = g.ramp(g.node(str(kind), {"Scale": scale}, output=0), 0.3, 0.7)
    g.surface(
        g.node(
            "BsdfPrincipled", {"Base Color": g.mix(pattern, linear(colour), linear(other)), "Roughness": 0.8}
        )
    )
    return material


def strand(colour: Floats) -> bpy.types.Material:
    """Hair: its colour a little different from strand to strand, with a sheen."""
    material = bpy.data.materials.new("strand")
    g = Graph(material)
    each = g.node("HairInfo", {}, output="Random")
    shade = g.mix(each, linear(colour * 0.7), linear(np.minimum(colour * 1.3, 255)))
    g.surface(g.node("BsdfPrincipled", {"Base Color": shade, "Roughness": 0.4, "Specular IOR Level": 0.6}))
    return material


def hair_colour(rng: np.random.Generator) -> Floats:
    """An sRGB colour of hair, dark ones more often."""
    return np.array(HAIRS[rng.choice(len(HAIRS), p=[0.3, 0.24, 0.16, 0.1, 0.08, 0.06, 0.06])], np.float64)


def _between(colours: tuple[tuple[int, ...], ...], at: float) -> Floats:
    """The colour at a place in a row of colours."""
    table = np.array(colours, np.float64)
    return np.array([np.interp(at, np.arange(len(table)), table[:, i]) for i in range(3)])
