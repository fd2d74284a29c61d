"""A board over one 3D viewport: where it lies, what the mouse is over, and its end when the viewport goes."""

from collections.abc import Callable
from typing import Any

import bpy

from .board import Board, Pen, Places, draw

_TICK = 0.08  # seconds


class OverView:
    """Drawn from its making until `close`. board: asked at each redraw. Raises nothing where all is gone."""

    def __init__(self, context: bpy.types.Context, board: Callable[[], Board]) -> None:
        self._area, self._board, self._manager = context.area, board, context.window_manager
        self.places = Places()
        self._handler = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")
        self._timer = context.window_manager.event_timer_add(_TICK, window=context.window)
        self.redraw()

    def is_there(self) -> bool:
        """Whether the viewport still is one."""
        return any(area == self._area and area.type == "VIEW_3D" for area in self._areas())

    def redraw(self) -> None:
        """Soon."""
        self._area.tag_redraw()

    def is_over(self, event: bpy.types.Event) -> bool:
        """Whether the mouse is over the view itself: not over a sidebar, a header or another editor."""
        over = [
            region.type
            for region in self._area.regions
            if region.x <= event.mouse_x < region.x + region.width
            and region.y <= event.mouse_y < region.y + region.height
            and region.width > 1
        ]
        return over == ["WINDOW"]

    def within(self, event: bpy.types.Event) -> tuple[float, float]:
        """The mouse in pixels of the view."""
        region = self._window_region()
        return event.mouse_x - region.x, event.mouse_y - region.y

    def close(self) -> None:
        """Give the viewport back."""
        bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
        self._manager.event_timer_remove(self._timer)
        for area in self._areas():
            area.tag_redraw()

    def _draw(self) -> None:
        context = bpy.context
        if context.area == self._area:
            self.places = draw(self._board(), Pen(*self._free(), context.preferences.system.ui_scale))

    def _areas(self) -> list[Any]:
        return [area for window in self._manager.windows for area in window.screen.areas]

    def _window_region(self) -> Any:
        return next(region for region in self._area.regions if region.type == "WINDOW")

    def _free(self) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of the view's region that no other region lies over."""
        window = self._window_region()
        left, bottom = window.x, window.y
        right, top = left + window.width, bottom + window.height
        for region in self._area.regions:
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
