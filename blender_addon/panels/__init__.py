"""The sidebar tab "SuperFace": one panel a file. They draw the state and decide nothing."""

from .backend import BACKEND_PANELS
from .rate import RATE_PANELS
from .retarget import RETARGET_PANELS
from .rig import RIG_PANELS
from .train import TRAIN_PANELS

PANELS = (*BACKEND_PANELS, *RIG_PANELS, *RETARGET_PANELS, *RATE_PANELS, *TRAIN_PANELS)
