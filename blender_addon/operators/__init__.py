"""What an artist can press: one journey a file; each operator gathers, asks and reports."""

from .backend import BACKEND_OPERATORS
from .footage import FOOTAGE_OPERATORS
from .learn import LEARN_OPERATORS
from .neutral import NEUTRAL_OPERATORS
from .rate import RATE_OPERATORS
from .rate_in_panel import RATE_IN_PANEL_OPERATORS
from .retarget import RETARGET_OPERATORS
from .rig import RIG_OPERATORS
from .take import TAKE_OPERATORS
from .train import TRAIN_OPERATORS

OPERATORS = (
    *BACKEND_OPERATORS,
    *RIG_OPERATORS,
    *RETARGET_OPERATORS,
    *RATE_OPERATORS,
    *RATE_IN_PANEL_OPERATORS,
    *LEARN_OPERATORS,
    *TRAIN_OPERATORS,
    *NEUTRAL_OPERATORS,
    *TAKE_OPERATORS,
    *FOOTAGE_OPERATORS,
)
