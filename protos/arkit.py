"""The names both sides agree on: 52 ARKit coefficients and 9 pose channels.

This is the only list of channel names in the repository. The order is the column order of a
Live Link Face CSV; on the wire channels travel by name in the handshake and by index after it.

Coefficients lie in 0..1. Left and right are the performer's own.

Pose channels are radians, for the head and for each eye:
  yaw    positive towards the performer's right
  pitch  positive downwards
  roll   positive towards the performer's right shoulder
(yaw and pitch as measured on real Live Link Face takes for the eyes; the head follows suit).
"""

import re

COEFFICIENTS: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawRight", "jawLeft", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft",
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

POSE: tuple[str, ...] = (
    "headYaw", "headPitch", "headRoll",
    "leftEyeYaw", "leftEyePitch", "leftEyeRoll",
    "rightEyeYaw", "rightEyePitch", "rightEyeRoll",
)  # fmt: skip

CHANNELS: tuple[str, ...] = COEFFICIENTS + POSE
INDEX: dict[str, int] = {name: i for i, name in enumerate(CHANNELS)}

# Stems that exist as …Left and …Right. jawLeft and mouthLeft are directions, not sides.
PAIR_STEMS: tuple[str, ...] = tuple(
    name.removesuffix("Left")
    for name in COEFFICIENTS
    if name.endswith("Left") and name not in ("jawLeft", "mouthLeft")
)

# Faceit's region words; the jaw under MOUTH is our choice.
REGIONS: tuple[str, ...] = ("EYES", "BROWS", "CHEEKS", "NOSE", "MOUTH", "TONGUE", "HEAD")
UPPER_REGIONS = frozenset({"EYES", "BROWS"})


def region(channel: str) -> str:
    """One of REGIONS; pose channels of the eyes count as EYES, those of the head as HEAD."""
    if channel.startswith("head"):
        return "HEAD"
    for prefix, name in (
        ("eye", "EYES"), ("leftEye", "EYES"), ("rightEye", "EYES"), ("brow", "BROWS"),
        ("cheek", "CHEEKS"), ("nose", "NOSE"), ("tongue", "TONGUE"),
    ):  # fmt: skip
        if channel.startswith(prefix):
            return name
    return "MOUTH"


def face_half(channel: str) -> str:
    """'upper' (eyes, brows, and what crinkles below them: 23 coefficients), 'lower' (the rest of the face) or
    'head'; what raters judge apart.
    """
    where = region(channel)
    if where == "HEAD":
        return "head"
    crinkles = channel.startswith(("cheekSquint", "noseSneer"))
    return "upper" if where in UPPER_REGIONS or crinkles else "lower"


def partner(channel: str) -> str:
    """The channel that moves when the performer is mirrored; a channel on the midline is its own."""
    for one, other in (("Left", "Right"), ("Right", "Left")):
        if channel.endswith(one):
            return channel.removesuffix(one) + other
    for one, other in (("leftEye", "rightEye"), ("rightEye", "leftEye")):
        if channel.startswith(one):
            return other + channel.removeprefix(one)
    return channel


# Mirroring a frame: mirrored[i] = sign[i] * frame[permutation[i]].
MIRROR_PERMUTATION: tuple[int, ...] = tuple(INDEX[partner(name)] for name in CHANNELS)
MIRROR_SIGN: tuple[float, ...] = tuple(
    -1.0 if name in POSE and not name.endswith("Pitch") else 1.0 for name in CHANNELS
)


def live_link_name(channel: str) -> str:
    """'eyeBlinkLeft' → 'EyeBlinkLeft', the column name in a Live Link Face CSV."""
    return channel[0].upper() + channel[1:]


# Other conventions' names, lower-cased and stripped of separators, sides written out.
# A source that several keys share (browInnerUp split in two) simply stands here several times.
ALIASES: dict[str, str] = {
    # split variants (EasyVFX, ICT-FaceKit)
    "browinnerupleft": "browInnerUp", "browinnerupright": "browInnerUp",
    "cheekpuffleft": "cheekPuff", "cheekpuffright": "cheekPuff",
    "mouthfunnellower": "mouthFunnel", "mouthfunnelupper": "mouthFunnel",
    # Character Creator 4
    "browraiseinnerleft": "browInnerUp", "browraiseinnerright": "browInnerUp",
    "browraiseouterleft": "browOuterUpLeft", "browraiseouterright": "browOuterUpRight",
    "browdropleft": "browDownLeft", "browdropright": "browDownRight",
    "cheekraiseleft": "cheekSquintLeft", "cheekraiseright": "cheekSquintRight",
    # Mixamo, Fuse
    "blinkleft": "eyeBlinkLeft", "blinkright": "eyeBlinkRight",
    "jawdown": "jawOpen", "smileleft": "mouthSmileLeft", "smileright": "mouthSmileRight",
    # Unified Expressions (VRCFT)
    "eyeclosedleft": "eyeBlinkLeft", "eyeclosedright": "eyeBlinkRight",
    # VRoid, VRM presets
    "fcleyecloseleft": "eyeBlinkLeft", "fcleyecloseright": "eyeBlinkRight",
}  # fmt: skip

_CANONICAL = {name.lower(): name for name in CHANNELS}
_SIDED_STEMS = {stem.lower() for stem in PAIR_STEMS} | {
    alias.removesuffix("left") for alias in ALIASES if alias.endswith("left")
}


def arkit_name(raw: str) -> str | None:
    """The channel a foreign name means, or None: `blendShape2.eyeBlink_L` → `eyeBlinkLeft`.

    Separators and case do not matter, Blender's `.001` and `.L` are understood, and a final l or r
    is a side only where the channel has sides (`jaw_L` stays unknown).
    """
    name = re.sub(r"\.\d{3}$", "", raw)
    name = re.sub(r"\.(l|r|left|right)$", r"_\1", name, flags=re.IGNORECASE)
    name = re.split(r"[.:]", name)[-1]
    name = re.sub(r"^A\d\d_", "", name)  # Character Creator 3 numbers its shapes
    name = re.sub(r"^(Face_)?M_F\d\d_\d{3}_\d\d_", "", name)  # VRoid
    key = re.sub(r"[_\-\s]", "", name).lower()
    if key[-1:] in ("l", "r") and key[:-1] in _SIDED_STEMS:
        key = key[:-1] + {"l": "left", "r": "right"}[key[-1]]
    return _CANONICAL.get(key) or ALIASES.get(key)
