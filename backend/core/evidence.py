"""How strongly answers speak for a new model, in a way that may be looked at after each of them.

Evidence is the money of a gambler who starts with 1 and bets, before each answer, that the new model wins.
Where it wins no more than half of the time, whatever came before, no way of betting gains: the money is a
supermartingale and, by Ville's inequality (1939), ever reaches c with a chance of at most 1 / c. So one may
look as often as one likes and stop when it looks best.

The bet is Robbins' mixture (1970): a winning rate p, evenly between ½ and 1, is drawn once and betted by,

    E(wins, losses) = 2 ∫ from ½ to 1 of (2 p)^wins · (2 − 2 p)^losses dp

A tie pays what half a win and half a loss would: nothing. It leaves the money as it is, so ties are left
out; only their share says how many pairs must be asked for one that decides.

Learning anew gives a further try, and ten tries are ten chances to be lucky. So all tries are betted on out
of one purse of 1. Each region has a share of it, and of that each lineage: the tries against one base, until
another becomes current. The first has a half, the next a sixth, a twelfth and so on. Each try stakes a
quarter of what is left. At its end what it has not lost goes back, and what it has won does not: were the
winnings kept, what spoke for one version would speak for the next. The purse together with the running
stakes is a supermartingale again while versions are tried that are no better; while a better one is tried it
is held still, and then it can only have shrunk. So Ville's inequality bounds the chance that any version that
is no better is ever promoted, over all tries, regions and lineages.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

STAKED = 0.25  # of what is left in the purse, on each try
OFFERED, PROMOTED = 20.0, 1000.0  # evidence from which on a version is offered, and made current by itself
MOST_PAIRS = 5000  # farther than this nobody looks ahead


@dataclass(frozen=True)
class Score:
    """How often the new one was preferred, the old one, and neither."""

    wins: int = 0
    losses: int = 0
    ties: int = 0

    @property
    def decided(self) -> int:
        return self.wins + self.losses


def log_money(wins: int, losses: int) -> float:
    """The logarithm of E above. With the incomplete beta function written out,

    E = 1 / (losses + 1) · Σ over j = 0..wins of Π over i < j of (wins − i) / (losses + 2 + i)
    """
    factors = np.arange(wins)
    terms = np.cumsum(np.log((wins - factors) / (losses + 2 + factors)))
    return float(np.logaddexp.reduce(terms, initial=0.0)) - math.log(losses + 1)


def stake(earlier: Iterable[Score], regions: int, lineage: int = 1) -> float:
    """What is put on the next try in one region, of so many. lineage: its number, from 1; earlier: the tries
    of this lineage before it, the oldest first, as they stood when they were given up.
    """
    purse = 1 / (regions * lineage * (lineage + 1))
    for score in earlier:
        staked = STAKED * purse
        purse += staked * min(0.0, math.expm1(log_money(score.wins, score.losses)))
    return STAKED * purse


def evidence(score: Score, staked: float) -> float:
    """What the stake has become: what OFFERED and PROMOTED are held against."""
    return math.exp(min(log_money(score.wins, score.losses) + math.log(staked), 700.0))


def pairs_needed(score: Score, staked: float, wanted: float) -> int | None:
    """How many more pairs are to be asked until the evidence is wanted, if answers go on as they went; None
    where they do not favour the new one, or it would take more than MOST_PAIRS.
    """
    if evidence(score, staked) >= wanted:
        return 0
    if score.wins <= score.losses:
        return None
    more = _decided_needed(score, math.log(wanted / staked))
    asked_for_one = 1 + score.ties / score.decided
    pairs = math.ceil(more * asked_for_one)
    return pairs if pairs <= MOST_PAIRS else None


def _decided_needed(score: Score, log_wanted: float) -> int:
    """By halving; MOST_PAIRS + 1 where so many do not suffice."""
    few, many = 0, MOST_PAIRS + 1
    rate = score.wins / score.decided
    while many - few > 1:
        middle = (few + many) // 2
        won = round(middle * rate)
        enough = log_money(score.wins + won, score.losses + middle - won) >= log_wanted
        few, many = (few, middle) if enough else (middle, many)
    return many
