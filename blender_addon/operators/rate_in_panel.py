"""Rating in the sidebar, for whoever wants to keep the viewport: the same sitting, as pictures and buttons.

What is shown lives as long as Blender has the file open; answers are kept like any others.
"""

from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from ..contract import ratings
from ..rating import open_sitting, stills_of
from ..session import session
from ..surface import FaceUnseen
from ..takes import TakeUnreadable
from ..viewport.panel_pictures import PanelPictures
from ..viewport.rating_desk import RatingDesk
from .rate import may_draw_over, refused, waiting

FOOTAGE, TAKES = "footage", ("take 1", "take 2", "take 3", "take 4")
_AT_ONCE = 4  # things to make ready before the panel is drawn again


@dataclass(eq=False)
class _Shown:
    desk: RatingDesk
    pictures: PanelPictures

    def get_ready(self) -> None:
        """Draw what is asked now, and make the next question ready."""
        for _ in range(_AT_ONCE):
            if not self.desk.get_ready():
                break
        self.pictures.show_file(FOOTAGE, self.desk.footage())
        for name, sheet in zip(TAKES, self.desk.sheets(), strict=False):
            self.pictures.show(name, sheet)

    def close(self) -> None:
        self.desk.close()
        self.pictures.close()


_open: list[_Shown] = []


def shown() -> _Shown | None:
    """What the panel draws; None while nobody rates there."""
    return _open[-1] if _open else None


@persistent  # type: ignore[untyped-decorator]
def close_shown(*_: object) -> None:
    """Give everything back: another file is opened, or the extension is switched off."""
    while _open:
        _open.pop().close()


class SUPERFACE_OT_rate_in_panel(bpy.types.Operator):
    """Compare alternatives in this panel, without anything over the viewport"""

    bl_idname = "superface.rate_in_panel"
    bl_label = "Rate in the Panel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs what the rating view needs; it draws with the same window's graphics card."""
        return may_draw_over(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin, or end what has begun."""
        if _open:
            close_shown()
            return {"FINISHED"}
        try:
            with waiting(context):
                sitting, seen, take = open_sitting(context)
        except (TakeUnreadable, FaceUnseen, OSError) as err:
            return refused(self, err)
        session().sitting = sitting
        _open.append(_Shown(RatingDesk(sitting, seen, take.name, stills_of(take)), PanelPictures()))
        _open[-1].get_ready()
        return {"FINISHED"}


class SUPERFACE_OT_rate_in_panel_answer(bpy.types.Operator):
    """Answer, and go on to the next question"""

    bl_idname = "superface.rate_in_panel_answer"
    bl_label = "Answer"
    bl_options = {"INTERNAL"}

    said: bpy.props.EnumProperty(
        name="Answer",
        items=(
            *((name, name.capitalize(), "This one is most like the footage") for name in TAKES),
            (ratings.Outcome.TIE.value, "Equally Good", "One is as good as the other"),
            (ratings.Outcome.BOTH_BAD.value, "All Bad", "None of them; others are made of this moment"),
            (ratings.Outcome.SKIP.value, "Can't Tell", "No difference is seen; wider ones come next"),
            ("UNDO", "Take Back", "Ask the last one again"),
        ),
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while something is asked."""
        return bool(_open)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """As the keys of the rating view do."""
        desk = _open[-1].desk
        fact: ratings.Fact | None
        if self.said == "UNDO":
            fact = desk.take_back()
        elif self.said in TAKES:
            fact = desk.answer(TAKES.index(self.said))
        else:
            fact = desk.answer(None, ratings.Outcome(self.said))
        if fact is not None:
            session().keep_answer(desk.sitting.about, fact)
        _open[-1].get_ready()
        return {"FINISHED"}


def register() -> None:
    """At register."""
    bpy.app.handlers.load_pre.append(close_shown)


def unregister() -> None:
    """At unregister."""
    bpy.app.handlers.load_pre.remove(close_shown)
    close_shown()


RATE_IN_PANEL_OPERATORS = (SUPERFACE_OT_rate_in_panel, SUPERFACE_OT_rate_in_panel_answer)
