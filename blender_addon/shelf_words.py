"""What training and evidence come to, in the artist's words; the panel only lays them out."""

import math

from .backend_client.versions import (
    Agreement,
    LeftOut,
    RatingCount,
    TrainResult,
    Trial,
    VersionCard,
    VersionRegion,
)
from .contract import duels, versions

HALVES = {"upper": "Eyes and brows", "lower": "Mouth and jaw"}
EVERYBODY = "Everybody's style"
STATES = {
    versions.State.CANDIDATE: "on trial",
    versions.State.CURRENT: "in use",
    versions.State.RETIRED: "retired",
    None: "not decided",
}


def counted(count: RatingCount) -> str:
    """Which answers are learnt from."""
    corrected = f", {count.corrections} of them corrected by hand" if count.corrections else ""
    return f"Learns from {count.learnt} answers{corrected}; {count.held_out} others judge what comes of it."


def left_out(some: LeftOut) -> str:
    """Which are not, and why."""
    return f"{some.ratings} not used: {some.reason}"


def foretold(trial: Trial) -> str:
    """How good the best is that was tried for one half of the face."""
    said = []
    if trial.agreement is not None:
        said.append(f"makes {100 * trial.agreement:.0f} % of the choices that it has not seen")
    if trial.gain is not None:
        said.append(f"{_likelier(trial.gain)} likely than with no change")
    return f"{HALVES[trial.region]}: {', each '.join(said)} ({trial.tried})"


def came_of_it(result: TrainResult) -> str:
    """Once it is done."""
    if result.version is None:
        return "No change foretold the answers better than the model as it is. Nothing was kept."
    halves = " and ".join(HALVES[each.region].lower() for each in result.version.regions)
    return f"{result.version.name} is on trial: {halves}. What is in use stays until it has proved better."


def learnt_from(card: VersionCard) -> str:
    """Whose style, from what."""
    whose = f"Style of {card.profile}" if card.profile else EVERYBODY
    who = ", ".join(sorted(card.raters)) or "nobody known"
    return f"{whose}, from {card.pairs} choices and {card.corrections} corrections by {who}"


def standing(half: VersionRegion) -> str:
    """The half of the face, and how the version stands in it."""
    return f"{HALVES[half.region]}: {'offered' if is_offered(half) else STATES[half.state]}"


def is_offered(half: VersionRegion) -> bool:
    """On trial, and the evidence speaks for it."""
    return half.state is versions.State.CANDIDATE and half.verdict is not duels.Verdict.WAIT


def agrees(agreement: Agreement) -> str:
    """With answers from before it was learnt, which prove nothing and say so."""
    told = f"{agreement.pairs} answers kept aside are each {_likelier(agreement.gain)} likely by it"
    if agreement.range is None:
        return f"{told}; they are of too few clips to prove anything."
    low, high = agreement.range
    return f"{told}{'.' if low > 0 or high < 0 else ', which may be chance.'}"


def sentence(text: str) -> str:
    """What the backend says, as it begins in a panel."""
    return text[:1].upper() + text[1:]


def _likelier(nats: float) -> str:
    """A mean log likelihood's change, as a factor: "8 % more"."""
    change = 100 * math.expm1(nats)
    return f"{abs(change):.0f} % {'more' if change >= 0 else 'less'}"
