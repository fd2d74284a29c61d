"""`superface train`: learns a version from the ratings on this machine, without a server in between."""

import argparse
import json
from dataclasses import asdict

from ..ports import never
from ..settings import Settings
from ..usecases.train_from_ratings import RatingCount, TrainOrder, TrainProgress, TrainResult
from .versions_command import plain, told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of train; without any, all ratings are learnt from."""
    parser.add_argument("--rater", default="", metavar="NAME", help="only what this person answered")
    parser.add_argument("--performer", default="", metavar="NAME", help="only what shows this face")
    parser.add_argument("--rig", default="", metavar="HASH", help="only what was rated on this rig")
    parser.add_argument(
        "--profile", default="", metavar="NAME",
        help="whose style it is to hold; without, everybody's, which takes answers of three people",
    )  # fmt: skip
    parser.add_argument(
        "--model", default="", metavar="ID", help="what is to be corrected (the active model)"
    )


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Train, and say what came of it. Raises SuperFaceError; what is in use stays in use."""
    from ..bootstrap import make_application
    from .progress_bars import training_bar

    learning = make_application(settings).learning
    order = TrainOrder(chosen.rater, chosen.performer, chosen.rig, chosen.profile)
    with training_bar() as bar:
        for event in learning.train(order, chosen.model, never):
            match event:
                case RatingCount():
                    count = event
                case TrainProgress():
                    bar(event)
                case TrainResult():
                    result = event
    cards = [card for card in learning.versions().cards if card.version == result.version]
    if chosen.json:
        print(json.dumps({"count": asdict(count), "versions": plain(cards), "remarks": result.remarks}))
        return 0
    print(f"learnt from {count.learnt} ratings, judged by {count.held_out}")
    left_out = (f"{ratings} left out: {reason}" for reason, ratings in count.left_out.items())
    print(*left_out, *result.remarks, *(line for card in cards for line in told(card)), sep="\n")
    return 0
