"""From a scene's choices to a sitting: which take is rated, on which rig, by whom. Main thread."""

import getpass

import bpy
import numpy as np

from .preferences import preferences
from .properties import mapping_of
from .retargeting import moment_at
from .scene.surfaces import Seen, look_at, rig_hash
from .session import session
from .sitting import HALVES, About, Sitting
from .stills import Stills
from .surface import FaceUnseen
from .takes import TakeFacts
from .version import version

BEST_OF = {"PAIR": 2, "FOUR": 4}
ABOUT = {"BOTH": HALVES, "UPPER": ("upper",), "LOWER": ("lower",)}
MOST_MOMENTS = 600  # of a clip that may be asked about: each has its picture of the footage


def why_no_rating(context: bpy.types.Context) -> str | None:
    """What is missing, for the panel."""
    if not mapping_of(context.scene).bindings:
        return "No rig is found yet: see panel 2"
    if not context.scene.superface.take:
        return "No take is chosen: retarget a clip, or choose one in panel 3"
    return None


def rated_take(take: TakeFacts) -> TakeFacts:
    """What answers are about: the prediction, also where the chosen take was learnt from answers to it.

    Raises TakeUnreadable.
    """
    return session().takes.facts(take.learnt_from) if take.learnt_from else take


def open_sitting(context: bpy.types.Context) -> tuple[Sitting, Seen, TakeFacts]:
    """Everything that was said about this clip on this rig, and what to ask next.

    Raises TakeUnreadable, FaceUnseen, OSError.
    """
    now, scene = session(), context.scene
    mapping = mapping_of(scene)
    take = rated_take(now.takes.facts(scene.superface.take))
    seen = look_at(context, mapping)
    about = About(
        clip=clip_of(take),
        rig=rig_hash(mapping),
        model=take.model or "unknown",
        rater=rater_of(context),
        client_version=version(),
        start=take.start,
    )
    curves = now.takes.curves(take.id)
    among = np.unique(np.linspace(0, len(curves) - 1, MOST_MOMENTS).astype(np.intp))
    sitting = Sitting(
        about,
        curves,
        seen.face.sight,
        now.answers.told(about.clip, about.rig),
        loops=scene.superface.rate_loops,
        best_of=BEST_OF[scene.superface.rate_layout],
        halves=ABOUT[scene.superface.rate_about],
        among=among,
    )
    if not sitting.prepare():
        raise FaceUnseen(f"In the take {take.name!r} nothing moves that could be asked about.")
    sitting.go_on()
    now.tell_sight(seen.face.sight, about, len(seen.face.surface.triangles))
    if take.clip:
        now.fetch_stills(take, (curves.times[among] + take.start).tolist())
    return sitting, seen, take


def ask_here(scene: bpy.types.Scene, sitting: Sitting, take: TakeFacts) -> None:
    """The first question is about the current frame. Raises TakeUnreadable outside of the take, and
    FaceUnseen.
    """
    seconds = moment_at(scene, take) - take.start
    sitting.ask_about(int(np.argmin(np.abs(sitting.curves.times - seconds))))
    if not sitting.prepare():
        raise FaceUnseen("Nothing can be asked about the current frame: there the face rests.")
    sitting.go_on()


def stills_of(take: TakeFacts) -> Stills:
    """The footage's pictures, as far as they are here."""
    return Stills(session().takes, take)


def clip_of(take: TakeFacts) -> str:
    """The footage's hash, so that answers outlive the take; of a take without footage, its own name."""
    return take.sha256 or f"take-{take.id}"


def rater_of(context: bpy.types.Context) -> str:
    """As the preferences say; else whoever is logged in."""
    return preferences(context).rater.strip() or getpass.getuser()
