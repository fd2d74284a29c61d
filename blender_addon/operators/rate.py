"""The journey of rating: takes side by side over the 3D viewport, one key an answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..contract import ratings
from ..keymaps import ACTIONS, ANSWER, action_of
from ..rating import ask_here, open_sitting, stills_of, why_no_rating
from ..session import STILLS, session
from ..surface import FaceUnseen
from ..takes import TakeUnreadable
from ..viewport.board import Board
from ..viewport.over_view import OverView
from ..viewport.rating_desk import RatingDesk

OUTCOMES = {
    "TIE": ratings.Outcome.TIE,
    "BAD": ratings.Outcome.BOTH_BAD,
    "SKIP": ratings.Outcome.SKIP,
}
PLACES = {"FIRST": 0, "SECOND": 1}


class SUPERFACE_OT_rate(bpy.types.Operator):
    """Compare alternatives on your own rig, beside the footage. Nothing in the scene changes"""

    bl_idname = "superface.rate"
    bl_label = "Rate Takes"

    here: bpy.props.BoolProperty(
        name="Here", description="Begin with the current frame", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a rig and a take, and a 3D viewport to draw over."""
        return may_draw_over(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask Blender once how the rig moves, then show the first question."""
        try:
            with waiting(context):
                sitting, seen, take = open_sitting(context)
                if self.here:
                    ask_here(context.scene, sitting, take)
        except (TakeUnreadable, FaceUnseen, OSError) as err:
            return refused(self, err)
        session().sitting = sitting
        self._desk = RatingDesk(sitting, seen, take.name, stills_of(take))
        self._desk.get_ready()
        self._choosing = False
        self._dragging: int | None = None
        self._view = OverView(context, self._board)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Keys and clicks over the view are answers; everything elsewhere goes its usual way."""
        if not self._view.is_there():
            return self._leave()
        if event.type == "TIMER":
            if self._desk.get_ready() or self._desk.step():
                self._view.redraw()
            return {"PASS_THROUGH"}
        if not self._view.is_over(event):
            return {"PASS_THROUGH"}
        action = action_of(event)
        if self._desk.fixing is not None:
            return self._fix(event, action)
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            return self._click(event)
        if action is None:
            return {"PASS_THROUGH"} if goes_elsewhere(event) else {"RUNNING_MODAL"}
        return self._do(action)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender opens another file, or closes the window."""
        self._leave()

    def _do(self, action: str) -> set[str]:
        desk = self._desk
        if action in PLACES:
            self._take_up(PLACES[action])
        elif action in OUTCOMES:
            self._answer(None, OUTCOMES[action])
        elif action == "FLIP":
            desk.flip()
        elif action == "LOOP":
            desk.play()
        elif action == "HELP":
            desk.helping = not desk.helping
        elif action == "FIX":
            self._choosing = not self._choosing
        elif action == "UNDO" and (retraction := desk.take_back()):
            session().keep_answer(desk.sitting.about, retraction)
        elif action == "LEAVE" and not self._step_back():
            return self._leave()
        desk.warning = "Which one is to be fixed: 1 or 2?" if self._choosing else _warning()
        self._view.redraw()
        return {"RUNNING_MODAL"}

    def _take_up(self, place: int) -> None:
        """The take that stands there is better; or it is the one to be fixed."""
        if self._choosing:
            self._choosing = False
            self._desk.fix(place)
        else:
            self._answer(place)

    def _step_back(self) -> bool:
        """Escape first closes what lies on top."""
        desk = self._desk
        on_top = desk.helping or self._choosing or desk.flipped is not None
        desk.helping = self._choosing = False
        desk.flipped = None
        return on_top

    def _answer(self, place: int | None, outcome: ratings.Outcome | None = None) -> None:
        """The next question is asked for before this answer goes to disk: both are within this event."""
        rating = self._desk.answer(place, outcome)
        self._view.redraw()
        if rating is not None:
            session().keep_answer(self._desk.sitting.about, rating)
            self._desk.warning = _warning()

    def _click(self, event: bpy.types.Event) -> set[str]:
        tile = self._view.places.tile_at(*self._view.within(event))
        if tile:  # 0 is the footage
            self._take_up(self._desk.shown[tile - 1])
            self._view.redraw()
        return {"RUNNING_MODAL"}

    def _fix(self, event: bpy.types.Event, action: str | None) -> set[str]:
        desk = self._desk
        asked, fixing = desk.sitting.now, desk.fixing
        if event.type in {"RET", "NUMPAD_ENTER"} and event.value == "PRESS" and asked and fixing:
            self._answer(asked.order.index(fixing.candidate))
        elif action == "LEAVE":
            desk.stop_fixing()
        elif event.type == "LEFTMOUSE":
            pressed = event.value == "PRESS"
            self._dragging = self._view.places.slider_at(*self._view.within(event)) if pressed else None
            self._drag(event)
        elif event.type == "MOUSEMOVE":
            self._drag(event)
        elif goes_elsewhere(event):
            return {"PASS_THROUGH"}
        self._view.redraw()
        return {"RUNNING_MODAL"}

    def _drag(self, event: bpy.types.Event) -> None:
        if self._dragging is not None:
            left, _, width, _ = self._view.places.sliders[self._dragging]
            x, _ = self._view.within(event)
            self._desk.drag(self._dragging, (x - left) / width)

    def _board(self) -> Board:
        self._desk.no_still = no_still()
        return self._desk.board()

    def _leave(self) -> set[str]:
        self._view.close()
        self._desk.close()
        return {"FINISHED"}


class SUPERFACE_OT_rate_key(bpy.types.Operator):
    """A key of the rating view"""

    bl_idname = ANSWER
    bl_label = "Rating View"
    bl_options = {"INTERNAL"}

    action: bpy.props.EnumProperty(
        name="Action", items=tuple((name, words.capitalize(), "") for name, (words, _) in ACTIONS.items())
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Never by itself: the rating view looks which key this is on; Blender goes on to the next."""
        return False


def may_rate(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Whether there is a rig and a take; where not, a grey button says what is missing."""
    reason = why_no_rating(context)
    if reason:
        operator.poll_message_set(reason)
    return reason is None


def may_draw_over(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """The same, from within a 3D viewport."""
    return may_rate(operator, context) and context.area is not None and context.area.type == "VIEW_3D"


def refused(operator: bpy.types.Operator, err: Exception) -> set[str]:
    """Said with its advice."""
    operator.report({"ERROR"}, f"{err} {getattr(err, 'advice', '')}".strip())
    return {"CANCELLED"}


@contextmanager
def waiting(context: bpy.types.Context) -> Iterator[None]:
    """The cursor says that this takes a moment; without a window there is none."""
    if context.window is not None:
        context.window.cursor_set("WAIT")
    try:
        yield
    finally:
        if context.window is not None:
            context.window.cursor_set("DEFAULT")


def goes_elsewhere(event: bpy.types.Event) -> bool:
    """What Blender is to handle although it happens over the view: saving, and the mouse's way."""
    return event.ctrl or event.oskey or event.type in {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}


def no_still() -> str:
    """Why there is no picture of the footage, in place of it."""
    notice = session().stills_notice
    if notice is None:
        return "The picture is on its way" if session().background.running(STILLS) else "No picture"
    return f"{notice.text}. {notice.advice}"


def _warning() -> str:
    notice = session().rate_notice
    return f"{notice.text} {notice.advice}" if notice and notice.level == "ERROR" else ""


RATE_OPERATORS = (SUPERFACE_OT_rate, SUPERFACE_OT_rate_key)
