"""From raw channels to the artist's rig: gain, offset, curve, clamp, region switches, mirror, head and eyes.

Raw curves are kept per take and mapping comes after, so changing a gain never means tracking again.

Order of evaluation: mirror → region and channel switches → source → curve where there is one, else gain and
offset → clamp, hard or soft → sum over the bindings of a target. Smoothing came before, in the backend.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from .contract import ExpressionCurves, arkit, curves
from .pivots import Pivot
from .rig_matching import DriverSource, KeyInfo, RigMatch, Target

VERSION = 1
KIND = "superface-mapping"
EYE_LOOK = frozenset(name for name in arkit.COEFFICIENTS if name.startswith("eyeLook"))
# Soft clamping bends the last fifth below the upper limit and leaves everything under it alone.
SOFT_SHARE = 0.2


class PresetUnreadable(ValueError):
    """A preset or profile is not what it should be; the message says what and what to do."""


@dataclass(frozen=True)
class Binding:
    """One channel drives one target. A channel may have several bindings, a target too (they add up).

    gain, offset  value · gain + offset; not used where there is a curve
    low, high     limits, in the target's unit
    soft          bends towards `high` instead of cutting
    curve         (value in, value out), rising in the first; between them straight lines, beyond them flat
    """

    channel: str
    target: Target
    gain: float = 1.0
    offset: float = 0.0
    low: float = 0.0
    high: float = 1.0
    soft: bool = False
    curve: tuple[tuple[float, float], ...] = ()
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.channel not in arkit.INDEX:
            raise ValueError(f"{self.channel!r} is no channel")
        if not self.low <= self.high:
            raise ValueError(f"{self.channel}: lower limit {self.low} lies above the upper limit {self.high}")
        if any(b[0] <= a[0] for a, b in pairwise(self.curve)):
            raise ValueError(f"{self.channel}: the points of its curve must rise from left to right")

    def applied(self, values: curves.Floats) -> curves.Floats:
        """(N,) channel values → (N,) float32 target values."""
        shaped = values * self.gain + self.offset
        if self.curve:
            x, y = np.transpose(self.curve)
            shaped = np.interp(values, x, y).astype(np.float32)
        limit = soft_clamp if self.soft else np.clip
        return np.asarray(limit(shaped, self.low, self.high), np.float32)


@dataclass(frozen=True)
class HeadSettings:
    """What the head turns. neutral: seconds since the in point at which it rests; None: facing the camera."""

    pivot: Pivot | None = None
    rotation: bool = True
    location: bool = False
    gain: float = 1.0
    neutral: float | None = None


@dataclass(frozen=True)
class EyeSettings:
    """Whether gaze goes to the eyeLook keys or to eyes that turn; both only where an artist asks for it."""

    by: Literal["KEYS", "PIVOTS", "BOTH"] = "KEYS"
    left: Pivot | None = None
    right: Pivot | None = None
    gain: float = 1.0

    @property
    def turns(self) -> bool:
        """Whether eye pivots are written."""
        return self.by != "KEYS"


@dataclass(frozen=True)
class Mapping:
    """All an artist has decided about one rig."""

    bindings: tuple[Binding, ...] = ()
    regions: frozenset[str] = frozenset(arkit.REGIONS)
    mirror: bool = False
    head: HeadSettings = field(default_factory=HeadSettings)
    eyes: EyeSettings = field(default_factory=EyeSettings)

    @property
    def active(self) -> tuple[Binding, ...]:
        """Bindings that are switched on, by themselves and by region."""
        return tuple(b for b in self.bindings if b.enabled and arkit.region(b.channel) in self.regions)

    @property
    def objects(self) -> tuple[str, ...]:
        """Names of all objects that will be written, heads and eyes included."""
        pivots = (self.head.pivot, *((self.eyes.left, self.eyes.right) if self.eyes.turns else ()))
        names = [b.target.object for b in self.active] + [pivot.object for pivot in pivots if pivot]
        return tuple(dict.fromkeys(names))

    def applied(self, coefficients: curves.Floats) -> curves.Floats:
        """(N, 52) as each channel leaves the mapping on its first target; as it is where it has none."""
        result = coefficients.astype(np.float32)
        for binding in reversed(self.active):
            if binding.channel in arkit.COEFFICIENTS:
                column = arkit.INDEX[binding.channel]
                result[:, column] = binding.applied(coefficients[:, column])
        return result

    def changed(self, channel: str, **settings: Any) -> "Mapping":
        """The same mapping with other settings for every binding of one channel."""
        bindings = (replace(b, **settings) if b.channel == channel else b for b in self.bindings)
        return replace(self, bindings=tuple(bindings))


def mapping_for(match: RigMatch, keep: Mapping | None = None, take_offers: bool = False) -> Mapping:
    """Every moving key bound to its channel, within its slider's limits.

    keep         an earlier mapping of this rig, whose settings win where channel and target are the same
    take_offers  key the driver's source where a driven key has one
    """
    keep = keep or Mapping()
    known = {(b.channel, b.target): b for b in keep.bindings}
    fresh = [binding_for(channel, key) for channel, keys in match.keys.items() for key in keys]
    if take_offers:
        fresh += [through_driver(f.channel, f.offer) for f in match.offers if f.offer]
    return replace(keep, bindings=tuple(known.get((b.channel, b.target), b) for b in fresh))


def binding_for(channel: str, key: KeyInfo) -> Binding:
    """As filmed, between 0 and 1 as far as the slider goes."""
    low = max(0.0, key.slider_min)
    return Binding(channel, key.target, low=low, high=max(low, min(1.0, key.slider_max)))


def through_driver(channel: str, source: DriverSource) -> Binding:
    """Keys what the driver listens to, so that the driven key follows the channel from 0 to 1."""
    ends = [(value - source.intercept) / source.slope for value in (0.0, 1.0)]
    return Binding(
        channel, source.target, gain=ends[1] - ends[0], offset=ends[0], low=min(ends), high=max(ends)
    )


def evaluate(mapping: Mapping, take: ExpressionCurves) -> dict[Target, curves.Floats]:
    """(N,) float32 for every target that is switched on and that the take says something about.

    Several sources of one target add up, within the widest of their limits. Where eyes turn, the eyeLook keys
    rest, so that no eye turns twice. A channel that the take never observed is no data and keys nothing.
    """
    seen = curves.mirrored(take) if mapping.mirror else take
    resting = EYE_LOOK if mapping.eyes.by == "PIVOTS" else frozenset()
    sharing: dict[Target, list[Binding]] = {}
    for binding in mapping.active:
        if binding.channel in resting or seen.ever_observed(binding.channel):
            sharing.setdefault(binding.target, []).append(binding)
    return {target: _added(bindings, seen, resting) for target, bindings in sharing.items()}


def _added(bindings: list[Binding], take: ExpressionCurves, resting: frozenset[str]) -> curves.Floats:
    total = np.zeros(len(take), np.float32)
    for binding in bindings:
        values = take.channel(binding.channel)
        total += binding.applied(np.zeros_like(values) if binding.channel in resting else values)
    return np.clip(total, min(b.low for b in bindings), max(b.high for b in bindings))


def soft_clamp(values: curves.Floats, low: float, high: float) -> curves.Floats:
    """Rising everywhere, itself below the last fifth, never above `high`; hard at `low`, where a face rests.

    knee + w · tanh((x − knee) / w) with w = SOFT_SHARE · (high − low), knee = high − w.
    """
    width = SOFT_SHARE * (high - low)
    if width <= 0:
        return np.clip(values, low, high)
    knee = high - width
    bent = knee + width * np.tanh((values - knee) / width)
    return np.maximum(np.where(values > knee, bent, values), low)


def to_json(mapping: Mapping) -> str:
    """A preset as text."""
    content = asdict(mapping) | {"regions": sorted(mapping.regions)}
    return json.dumps({"kind": KIND, "version": VERSION, **content}, indent=1)


def from_json(text: str) -> Mapping:
    """A preset from text. Raises PresetUnreadable."""
    content = preset_content(text)
    if content.get("kind") != KIND:
        raise PresetUnreadable("This is no SuperFace mapping; choose a file saved with Save Preset.")
    if content.get("version") != VERSION:
        raise PresetUnreadable(
            f"This mapping is of version {content.get('version')}, this add-on reads {VERSION}; update it."
        )
    try:
        return Mapping(
            bindings=tuple(_binding(each) for each in content["bindings"]),
            regions=frozenset(content["regions"]) & frozenset(arkit.REGIONS),
            mirror=bool(content["mirror"]),
            head=HeadSettings(**content["head"] | {"pivot": _pivot(content["head"]["pivot"])}),
            eyes=EyeSettings(
                **content["eyes"] | {side: _pivot(content["eyes"][side]) for side in ("left", "right")}
            ),
        )
    except (KeyError, TypeError, ValueError) as err:
        raise PresetUnreadable(
            f"This mapping is damaged ({err}); save it again from the rig it came from."
        ) from err


def preset_content(text: str) -> dict[str, Any]:
    """A JSON object from text. Raises PresetUnreadable."""
    try:
        content = json.loads(text)
    except ValueError as err:
        raise PresetUnreadable(f"This file is not JSON ({err}); choose another one.") from err
    if not isinstance(content, dict):
        raise PresetUnreadable("This JSON file holds no object; choose another one.")
    return content


def retargeted(mapping: Mapping, found: Iterable[KeyInfo]) -> Mapping:
    """A preset on another rig: bindings find keys of the same name, on whatever object those are.

    Bindings whose key is not there, and pivots, stay as they are and show as missing.
    """
    by_key: dict[str, list[KeyInfo]] = {}
    for key in found:
        by_key.setdefault(key.target.path, []).append(key)
    bindings: dict[Binding, None] = {}
    for binding in mapping.bindings:
        here = by_key.get(binding.target.path, []) if binding.target.holder == "KEYS" else []
        moved = [replace(binding, target=key.target) for key in here] or [binding]
        bindings.update(dict.fromkeys(moved))
    return replace(mapping, bindings=tuple(bindings))


def _binding(content: dict[str, Any]) -> Binding:
    points = tuple((float(x), float(y)) for x, y in content["curve"])
    return Binding(**content | {"target": Target(**content["target"]), "curve": points})


def _pivot(content: dict[str, Any] | None) -> Pivot | None:
    if content is None:
        return None
    numbers = {name: tuple(content[name]) for name in ("frame", "rest", "rest_location")}
    return Pivot(**content | numbers)
