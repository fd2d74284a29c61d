"""What is kept in the .blend: which footage goes onto which rig, and how. Never an address or a token.

The mapping is one JSON text (mapping.py knows it); the rows shown in the Rig panel read and write that text,
so that there is nothing to keep in step.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import bpy

from .backend_client.port import Model
from .contract import arkit
from .mapping import Binding, Mapping, PresetUnreadable, from_json, to_json
from .pivots import FACINGS
from .rig_matching import Target
from .session import session

REGION_ITEMS = tuple((name, name.title(), "", 1 << i) for i, name in enumerate(arkit.REGIONS))
EYES_BY: tuple[Literal["KEYS", "PIVOTS", "BOTH"], ...] = ("KEYS", "PIVOTS", "BOTH")
USUAL_MODEL = "USUAL"
FACING_ITEMS = tuple((name, name, f"The face looks along {name} at rest") for name in FACINGS)


_UNBOUND = Binding("jawOpen", Target("", ""))


@lru_cache(maxsize=16)
def _read(text: str) -> Mapping:
    return from_json(text)


def mapping_of(scene: bpy.types.Scene) -> Mapping:
    """The scene's mapping; an empty one where there is none or a newer add-on's."""
    text = scene.superface.mapping
    try:
        return _read(text) if text else Mapping()
    except PresetUnreadable:
        return Mapping()


def keep_mapping(scene: bpy.types.Scene, mapping: Mapping) -> None:
    """Store a mapping, and show a row for each channel in it."""
    settings = scene.superface
    settings.mapping = to_json(mapping)
    channels = list(dict.fromkeys(binding.channel for binding in mapping.bindings))
    if [row.name for row in settings.channels] != channels:
        settings.channels.clear()
        for channel in channels:
            settings.channels.add().name = channel


def curve_from_text(text: str) -> tuple[tuple[float, float], ...]:
    """'0 0, 0.5 0.2, 1 1' → points. Raises ValueError."""
    points = [part.split() for part in text.split(",") if part.strip()]
    return tuple((float(x), float(y)) for x, y in points)


def curve_as_text(curve: tuple[tuple[float, float], ...]) -> str:
    """The reverse of curve_from_text, for reading."""
    return ", ".join(f"{x:g} {y:g}" for x, y in curve)


def _binding(row: "SuperFaceChannel") -> Binding:
    found = (b for b in mapping_of(row.id_data).bindings if b.channel == row.name)
    return next(found, _UNBOUND)


def _change(row: "SuperFaceChannel", **settings: Any) -> None:
    """Settings that make no sense (a lower limit above the upper one) are left as they were."""
    try:
        changed = mapping_of(row.id_data).changed(row.name, **settings)
    except ValueError:
        return
    row.id_data.superface.mapping = to_json(changed)


def _accessors(setting: str) -> dict[str, Callable[..., Any]]:
    return {
        "get": lambda row: getattr(_binding(row), setting),
        "set": lambda row, value: _change(row, **{setting: value}),
    }


def _set_curve(row: "SuperFaceChannel", text: str) -> None:
    try:
        _change(row, curve=curve_from_text(text))
    except ValueError:
        return


class SuperFaceChannel(bpy.types.PropertyGroup):
    """One channel of the mapping, as a row to edit. `name` is the channel's."""

    enabled: bpy.props.BoolProperty(name="On", description="Write this channel", **_accessors("enabled"))
    gain: bpy.props.FloatProperty(
        name="Gain", description="Multiplies the channel", soft_min=0.0, soft_max=3.0, **_accessors("gain")
    )
    offset: bpy.props.FloatProperty(
        name="Offset", description="Added after the gain", soft_min=-1.0, soft_max=1.0, **_accessors("offset")
    )
    low: bpy.props.FloatProperty(name="Lowest", description="Lower limit", **_accessors("low"))
    high: bpy.props.FloatProperty(name="Highest", description="Upper limit", **_accessors("high"))
    soft: bpy.props.BoolProperty(
        name="Soft", description="Bend towards the upper limit instead of cutting", **_accessors("soft")
    )
    curve: bpy.props.StringProperty(
        name="Curve",
        description="Points 'in out' with commas between, as 0 0, 0.5 0.2, 1 1; replaces gain and offset",
        get=lambda row: curve_as_text(_binding(row).curve),
        set=_set_curve,
    )


def _keep(settings: "SuperFaceSettings", mapping: Mapping) -> None:
    settings.mapping = to_json(mapping)


def _region_mask(settings: "SuperFaceSettings") -> int:
    regions = mapping_of(settings.id_data).regions
    return sum(1 << i for i, name in enumerate(arkit.REGIONS) if name in regions)


def _set_region_mask(settings: "SuperFaceSettings", mask: int) -> None:
    regions = frozenset(name for i, name in enumerate(arkit.REGIONS) if mask & 1 << i)
    _keep(settings, replace(mapping_of(settings.id_data), regions=regions))


def _set_mirror(settings: "SuperFaceSettings", mirror: bool) -> None:
    _keep(settings, replace(mapping_of(settings.id_data), mirror=mirror))


def _set_head_location(settings: "SuperFaceSettings", location: bool) -> None:
    mapping = mapping_of(settings.id_data)
    _keep(settings, replace(mapping, head=replace(mapping.head, location=location)))


def _eyes_by(settings: "SuperFaceSettings") -> int:
    return EYES_BY.index(mapping_of(settings.id_data).eyes.by)


def _set_eyes_by(settings: "SuperFaceSettings", chosen: int) -> None:
    mapping = mapping_of(settings.id_data)
    _keep(settings, replace(mapping, eyes=replace(mapping.eyes, by=EYES_BY[chosen])))


@lru_cache(maxsize=16)  # Blender keeps no reference to the words of a changing list: they must stay
def _listed(models: tuple[Model, ...], active: str) -> tuple[tuple[str, str, str, int], ...]:
    usual = f"The backend chooses: {active}" if active else "The backend chooses"
    offered = ((m.id, m.title, f"{m.id}; licence {m.licence}", n) for n, m in enumerate(models, 1))
    return ((USUAL_MODEL, "Usual Model", usual, 0), *offered)


def _model_items(settings: "SuperFaceSettings", context: Any) -> tuple[tuple[str, str, str, int], ...]:
    info = session().link.info
    return _listed(info.models, info.active_model) if info else _listed((), "")


def _model(settings: "SuperFaceSettings") -> int:
    """Kept by name, as another backend counts otherwise; the usual one where it is not offered."""
    return next((n for name, _, _, n in _model_items(settings, None) if name == settings.model_id), 0)


def _set_model(settings: "SuperFaceSettings", chosen: int) -> None:
    settings.model_id = _model_items(settings, None)[chosen][0]


class SuperFaceSettings(bpy.types.PropertyGroup):
    """`scene.superface`."""

    # Footage
    source: bpy.props.EnumProperty(
        name="Footage",
        items=(
            ("VIDEO", "Video", "A video file, or a single picture"),
            ("SEQUENCE", "Images", "A numbered image sequence"),
            ("CLIP", "Movie Clip", "A clip of this file's Movie Clip Editor"),
        ),
    )
    video: bpy.props.StringProperty(name="Video", subtype="FILE_PATH")
    first_image: bpy.props.StringProperty(
        name="First Image", description="One image of the numbered sequence", subtype="FILE_PATH"
    )
    image_rate: bpy.props.FloatProperty(name="Images a Second", default=24.0, min=1.0, max=240.0)
    movie_clip: bpy.props.PointerProperty(name="Movie Clip", type=bpy.types.MovieClip)
    mirrored: bpy.props.BoolProperty(
        name="Footage Is Mirrored", description="A selfie that the phone has flipped: sides are swapped back"
    )
    use_range: bpy.props.BoolProperty(name="Part of the Clip")
    start_seconds: bpy.props.FloatProperty(name="From", min=0.0, unit="TIME_ABSOLUTE")
    end_seconds: bpy.props.FloatProperty(
        name="To", description="0: to the end", min=0.0, unit="TIME_ABSOLUTE"
    )
    use_crop: bpy.props.BoolProperty(name="Crop", description="Look for the face in a part of the picture")
    crop: bpy.props.FloatVectorProperty(
        name="Left, Top, Right, Bottom", size=4, default=(0.0, 0.0, 1.0, 1.0), min=0.0, max=1.0
    )
    use_face: bpy.props.BoolProperty(
        name="Choose the Face", description="Follow the face at a place in the picture; else the largest"
    )
    face: bpy.props.FloatVectorProperty(name="Across, Down", size=2, default=(0.5, 0.5), min=0.0, max=1.0)
    use_neutral: bpy.props.BoolProperty(
        name="Neutral Face", description="The performer's face at rest becomes the rig's"
    )
    neutral_seconds: bpy.props.FloatProperty(
        name="At", description="A time in the clip at which the face rests", min=0.0, unit="TIME_ABSOLUTE"
    )
    performer: bpy.props.StringProperty(
        name="Performer", description="The neutral face is kept under this name for further clips"
    )
    smoothing: bpy.props.FloatProperty(name="Smoothing", default=0.5, min=0.0, max=1.0, subtype="FACTOR")
    couple_mouth_close: bpy.props.BoolProperty(
        name="Couple Lips and Jaw", description="mouthClose never goes above jawOpen", default=True
    )
    resolve_antagonists: bpy.props.BoolProperty(
        name="Resolve Opposites", description="jawLeft against jawRight and the like", default=True
    )
    keep_in_range: bpy.props.BoolProperty(name="Keep in Range", default=True)

    model_id: bpy.props.StringProperty(options={"HIDDEN"})
    model: bpy.props.EnumProperty(
        name="Model", description="What reads the expression", items=_model_items, get=_model, set=_set_model
    )

    # Rig
    mapping: bpy.props.StringProperty(options={"HIDDEN"})
    channels: bpy.props.CollectionProperty(type=SuperFaceChannel)
    channel_index: bpy.props.IntProperty(options={"HIDDEN"})
    regions: bpy.props.EnumProperty(
        name="Regions", items=REGION_ITEMS, options={"ENUM_FLAG"}, get=_region_mask, set=_set_region_mask
    )
    mirror: bpy.props.BoolProperty(
        name="Mirror",
        description="The character does with its left what the performer does with the right",
        get=lambda settings: mapping_of(settings.id_data).mirror,
        set=_set_mirror,
    )
    head_location: bpy.props.BoolProperty(
        name="Move the Head Too",
        description="Location besides rotation",
        get=lambda settings: mapping_of(settings.id_data).head.location,
        set=_set_head_location,
    )
    eyes_by: bpy.props.EnumProperty(
        name="Eyes By",
        items=(
            ("KEYS", "Shape Keys", "eyeLook keys move, the eyes do not turn", 0),
            ("PIVOTS", "Eyes", "The eyes turn, eyeLook keys rest", 1),
            ("BOTH", "Both", "For rigs whose lids follow eyeLook keys and whose eyeballs do not", 2),
        ),
        get=_eyes_by,
        set=_set_eyes_by,
    )
    pivot_object: bpy.props.PointerProperty(name="Object", type=bpy.types.Object)
    pivot_bone: bpy.props.StringProperty(name="Bone")
    facing: bpy.props.EnumProperty(name="Face Looks Along", items=FACING_ITEMS, default="-Y")

    # Where it goes
    start_frame: bpy.props.IntProperty(name="Start Frame", default=1)
    write: bpy.props.EnumProperty(
        name="Write",
        items=(
            ("NEW", "New Action", "The rig's present action stays as it is, unused"),
            ("REPLACE", "Replace Range", "Keys within the take's range are replaced, others stay"),
        ),
    )
    use_frames: bpy.props.BoolProperty(
        name="Only These Frames", description="Keys before and after stay exactly as they are"
    )
    first_frame: bpy.props.IntProperty(name="First", default=1)
    last_frame: bpy.props.IntProperty(name="Last", default=250)
    tolerance: bpy.props.FloatProperty(
        name="Reduce Keys",
        description="Leave out keys that lines between others miss by no more; 0: a key every frame",
        min=0.0,
        soft_max=0.1,
        precision=3,
    )
    take: bpy.props.StringProperty(name="Take", options={"HIDDEN"})

    # Rating and training
    style: bpy.props.EnumProperty(
        name="Style",
        description="Whose learnt versions a retarget is read with, and what is learnt from",
        items=(
            ("MINE", "My Style", "Learnt from your own answers, whatever the rig"),
            ("RIG", "This Rig's Style", "Learnt from everyone's answers on this rig"),
            ("EVERYBODY", "Everybody's Style", "Learnt from all answers; takes those of three people"),
        ),
    )
    rate_layout: bpy.props.EnumProperty(
        name="Layout",
        items=(
            ("PAIR", "Two Takes", "One against the other: the quickest to judge"),
            ("FOUR", "Best of Four", "Four at a time: each answer says that one is better than three"),
        ),
    )
    rate_about: bpy.props.EnumProperty(
        name="Ask About",
        items=(
            ("BOTH", "Whole Face", "Either half, as much as is uncertain in it"),
            ("UPPER", "Eyes and Brows", "The upper half alone"),
            ("LOWER", "Mouth and Jaw", "The lower half alone"),
        ),
    )
    rate_loops: bpy.props.BoolProperty(
        name="Moments That Play",
        description="Each take is 0.6 seconds that can be played, not a single frame",
    )


CLASSES = (SuperFaceChannel, SuperFaceSettings)
