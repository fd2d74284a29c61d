"""The journey of rating: takes side by side over the 3D viewport, one key an answer, and a better take."""

from typing import Any

import bpy

from ..contract import ratings
from ..keymaps import ACTIONS, ANSWER, action_of
from ..properties import mapping_of
from ..rating import clip_of, open_sitting, rated_take, stills_of, why_no_rating
from ..retargeting import place_of
from ..scene.bake import scene_rate
from ..scene.surfaces import look_at, rig_hash
from ..session import STILLS, session
from ..surface import FaceUnseen
from ..takes import TakeUnreadable
from ..viewport.board import Pen, Places, draw
from ..viewport.rating_desk import RatingDesk

OUTCOMES = {
    "TIE": ratings.Outcome.TIE,
    "BAD": ratings.Outcome.BOTH_BAD,
    "SKIP": ratings.Outcome.SKIP,
}
PLACES = {"FIRST": 0, "SECOND": 1}
_TICK = 0.08  # seconds


class SUPERFACE_OT_rate(bpy.types.Operator):
    """Compare alternatives on your own rig, beside the footage. Nothing in the scene changes"""

    bl_idname = "superface.rate"
    bl_label = "Rate Takes"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a rig and a take, and a 3D viewport to draw over."""
        reason = why_no_rating(context)
        if reason:
            cls.poll_message_set(reason)
        return reason is None and context.area is not None and context.area.type == "VIEW_3D"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask Blender once how the rig moves, then show the first question."""
        context.window.cursor_set("WAIT")
        try:
            sitting, seen, take = open_sitting(context)
        except (TakeUnreadable, FaceUnseen, OSError) as err:
            self.report({"ERROR"}, f"{err} {getattr(err, 'advice', '')}".strip())
            return {"CANCELLED"}
        finally:
            context.window.cursor_set("DEFAULT")
        session().sitting = sitting
        self._desk = RatingDesk(sitting, seen, take.name, stills_of(take))
        self._desk.get_ready()
        self._area, self._places, self._choosing = context.area, Places(), False
        self._dragging: int | None = None
        self._handler = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")
        self._timer = context.window_manager.event_timer_add(_TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        context.area.tag_redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Keys and clicks over the view are answers; everything elsewhere goes its usual way."""
        if not _is_there(context, self._area):
            return self._leave(context)
        if event.type == "TIMER":
            if self._desk.get_ready() or self._desk.step():
                self._area.tag_redraw()
            return {"PASS_THROUGH"}
        if not _over(self._area, event):
            return {"PASS_THROUGH"}
        action = action_of(event)
        if self._desk.fixing is not None:
            return self._fix(context, event, action)
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            return self._click(event)
        if action is None:
            passes = event.ctrl or event.oskey or event.type in {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}
            return {"PASS_THROUGH"} if passes else {"RUNNING_MODAL"}
        return self._do(context, action)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender opens another file, or closes the window."""
        self._end(context)

    def _do(self, context: bpy.types.Context, action: str) -> set[str]:
        desk = self._desk
        if action in PLACES:
            if self._choosing:
                self._choosing = False
                desk.fix(PLACES[action])
            else:
                self._answer(PLACES[action])
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
            return self._leave(context)
        desk.warning = "Which one is to be fixed: 1 or 2?" if self._choosing else _warning()
        self._area.tag_redraw()
        return {"RUNNING_MODAL"}

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
        self._area.tag_redraw()
        if rating is not None:
            session().keep_answer(self._desk.sitting.about, rating)
            self._desk.warning = _warning()

    def _click(self, event: bpy.types.Event) -> set[str]:
        tile = self._places.tile_at(*_within(self._area, event))
        if tile is None or tile == 0:
            return {"RUNNING_MODAL"}
        place = self._desk.shown[tile - 1]
        if self._choosing:
            self._choosing = False
            self._desk.fix(place)
        else:
            self._answer(place)
        self._area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _fix(self, context: bpy.types.Context, event: bpy.types.Event, action: str | None) -> set[str]:
        desk = self._desk
        assert desk.fixing is not None  # noqa: S101 (asked before)
        if event.type in {"RET", "NUMPAD_ENTER"} and event.value == "PRESS":
            asked = desk.sitting.now
            self._answer(asked.order.index(desk.fixing.candidate) if asked else None)
        elif action == "LEAVE":
            desk.stop_fixing()
        elif event.type == "LEFTMOUSE":
            pressed = event.value == "PRESS"
            self._dragging = self._places.slider_at(*_within(self._area, event)) if pressed else None
            self._drag(event)
        elif event.type == "MOUSEMOVE":
            self._drag(event)
        elif event.ctrl or event.oskey:
            return {"PASS_THROUGH"}
        self._area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _drag(self, event: bpy.types.Event) -> None:
        if self._dragging is not None:
            left, _, width, _ = self._places.sliders[self._dragging]
            x, _ = _within(self._area, event)
            self._desk.drag(self._dragging, (x - left) / width)

    def _leave(self, context: bpy.types.Context) -> set[str]:
        self._end(context)
        return {"FINISHED"}

    def _end(self, context: bpy.types.Context) -> None:
        bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
        context.window_manager.event_timer_remove(self._timer)
        self._desk.close()
        for area in _areas(context):
            area.tag_redraw()

    def _draw(self) -> None:
        context = bpy.context
        if context.area != self._area:
            return
        pen = Pen(*_free(context.area), context.preferences.system.ui_scale)
        self._desk.no_still = _no_still()
        self._places = draw(self._desk.board(), pen)


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


class SUPERFACE_OT_learn(bpy.types.Operator):
    """Make a better take of this clip from your answers, and write it onto the rig"""

    bl_idname = "superface.learn"
    bl_label = "Learn from Answers"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs what rating needs."""
        reason = why_no_rating(context)
        if reason:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the panel shows what came of it, and the take is written like any other."""
        now, scene = session(), context.scene
        try:
            mapping = mapping_of(scene)
            take = rated_take(now.takes.facts(scene.superface.take))
            seen = look_at(context, mapping).face.sight
            told = ratings.standing(now.answers.told(clip_of(take), rig_hash(mapping)))
        except (TakeUnreadable, FaceUnseen, OSError) as err:
            self.report({"ERROR"}, f"{err} {getattr(err, 'advice', '')}".strip())
            return {"CANCELLED"}
        if not told:
            self.report({"ERROR"}, "Nothing was answered about this clip on this rig yet; rate takes first.")
            return {"CANCELLED"}
        rate, place = scene_rate(scene), place_of(scene)
        now.learn(take, seen, told, lambda better: now.apply(better.id, rate, place))
        return {"FINISHED"}


def _warning() -> str:
    notice = session().rate_notice
    return f"{notice.text} {notice.advice}" if notice and notice.level == "ERROR" else ""


def _no_still() -> str:
    notice = session().stills_notice
    if notice is None:
        return "The picture is on its way" if session().background.running(STILLS) else "No picture"
    return f"{notice.text}. {notice.advice}"


def _areas(context: bpy.types.Context) -> list[Any]:
    return [area for window in context.window_manager.windows for area in window.screen.areas]


def _is_there(context: bpy.types.Context, area: Any) -> bool:
    return any(one == area and one.type == "VIEW_3D" for one in _areas(context))


def _window_region(area: Any) -> Any:
    return next(region for region in area.regions if region.type == "WINDOW")


def _free(area: Any) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of the view's region that no other region lies over."""
    window = _window_region(area)
    left, bottom = window.x, window.y
    right, top = left + window.width, bottom + window.height
    for region in area.regions:
        if region.type in {"WINDOW", "HUD"} or region.width <= 1 or region.height <= 1:
            continue
        if region.alignment == "LEFT":
            left = max(left, region.x + region.width)
        elif region.alignment == "RIGHT":
            right = min(right, region.x)
        elif region.alignment == "TOP":
            top = min(top, region.y)
        elif region.alignment == "BOTTOM":
            bottom = max(bottom, region.y + region.height)
    return left - window.x, bottom - window.y, right - left, top - bottom


def _within(area: Any, event: bpy.types.Event) -> tuple[float, float]:
    region = _window_region(area)
    return event.mouse_x - region.x, event.mouse_y - region.y


def _over(area: Any, event: bpy.types.Event) -> bool:
    """Whether the mouse is over the view itself: not over a sidebar, a header or another editor."""
    over = [
        region.type
        for region in area.regions
        if region.x <= event.mouse_x < region.x + region.width
        and region.y <= event.mouse_y < region.y + region.height
        and region.width > 1
    ]
    return over == ["WINDOW"]


RATE_OPERATORS = (SUPERFACE_OT_rate, SUPERFACE_OT_rate_key, SUPERFACE_OT_learn)
