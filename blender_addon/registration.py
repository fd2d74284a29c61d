"""Everything Blender is told about: the classes in order, the scene's settings, the one timer."""

import bpy

from . import bundled_wheels, keymaps, properties
from .answers import Answers
from .backend_client.errors import LibrariesUnusable
from .backend_client.outbox import Outbox
from .backend_client.port import Address, BackendClient
from .background import Background
from .folders import data_folder
from .local_backend import LocalBackend
from .operators import OPERATORS, rate_in_panel
from .panels import PANELS
from .preferences import SuperFacePreferences, preferences
from .retargeting import write_what_waits
from .scene import footage, wiggle
from .scene.undo import push_undo
from .session import Session, close_session, open_session, session
from .takes import TakeFolder
from .version import version

CLASSES = (SuperFacePreferences, *properties.CLASSES, *OPERATORS, *PANELS)
BUSY_SECONDS, IDLE_SECONDS = 0.05, 0.5


def register() -> None:
    """Contacts nobody and starts no program; which takes there are is looked up meanwhile."""
    for each in CLASSES:
        bpy.utils.register_class(each)
    settings = bpy.props.PointerProperty(type=properties.SuperFaceSettings)  # type: ignore[func-returns-value]
    bpy.types.Scene.superface = settings
    wiggle.register()
    footage.register()
    keymaps.register()
    rate_in_panel.register()
    local = LocalBackend(preferences(bpy.context).home)
    takes, outbox = TakeFolder(data_folder() / "takes"), Outbox(data_folder() / "outbox")
    answers = Answers(data_folder() / "answers")
    open_session(Session(Background(), takes, outbox, answers, local, dial))
    session().list_takes()
    bpy.app.timers.register(tick, first_interval=IDLE_SECONDS, persistent=True)


def unregister() -> None:
    """Ends all that runs, then takes everything back in reverse."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    rate_in_panel.unregister()
    close_session()
    keymaps.unregister()
    footage.unregister()
    wiggle.unregister()
    del bpy.types.Scene.superface
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)


def tick() -> float:
    """Keeps time; seconds to the next call. An error in `work` ends only the timer it has to itself."""
    bpy.app.timers.register(work)
    return BUSY_SECONDS if session().background.running() else IDLE_SECONDS


def work() -> None:
    """Hand over what the worker brought; write on a later tick, once the panel has said so."""
    now = session()
    now.send_ratings()
    if now.background.drain() or now.notice_death():
        redraw()
    elif now.job is not None and now.job.to_write:
        if write_what_waits():
            push_undo("SuperFace Retarget")
        redraw()


def redraw() -> None:
    """The sidebars of all windows."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def dial(address: Address) -> BackendClient:
    """A client for an address. In the worker thread: loading grpc takes a moment.

    Raises LibrariesUnusable where another extension's copy is in the way, AddressRefused.
    """
    if complaint := bundled_wheels.clash():
        raise LibrariesUnusable(complaint)
    from .backend_client.grpc_client import GrpcClient

    return GrpcClient(address, version())
