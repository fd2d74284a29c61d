"""`superface serve`: answers the add-on over gRPC until told to end."""

import argparse
import json
from dataclasses import asdict, fields, replace
from pathlib import Path

from ..settings import Settings
from .logs import log_to_stderr


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options named like the settings that they overrule."""
    parser.add_argument("--host", help="address to listen on (127.0.0.1); another one needs TLS")
    parser.add_argument("--port", type=int, help="port to listen on (50151); 0: any free one")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="the token that callers must show")
    parser.add_argument("--tls-certificate", type=Path, metavar="FILE", help="PEM certificate")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="PEM key of the certificate")
    parser.add_argument(
        "--allow", dest="allowed_folders", action="append", type=Path, metavar="FOLDER",
        help="clips may be read from here by path (the user's home); may be given several times",
    )  # fmt: skip
    parser.add_argument("--max-jobs", type=int, metavar="N", help="retargets at one time (1)")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="threads of each network and of the decoder (2)"
    )
    parser.add_argument(
        "--idle-seconds", type=float, metavar="S", help="end when nobody has called for so long (0: never)"
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input closes")


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Serve until told to end. Raises AddressNotSafe, PortTaken, SettingInvalid."""
    from ..bootstrap import make_application
    from .grpc_server import Serving, serve

    def announce(serving: Serving) -> None:
        if chosen.json:
            print(json.dumps(asdict(serving)), flush=True)
        else:
            print(f"Listening on {serving.address}. The token is in {serving.token_file}.", flush=True)

    log_to_stderr()
    told = overruled(settings, chosen)
    serve(make_application(told), told, announce, exit_with_stdin=chosen.exit_with_stdin)
    return 0


def overruled(settings: Settings, chosen: argparse.Namespace) -> Settings:
    """The settings with what the command line says in their place."""
    given = {field.name: getattr(chosen, field.name, None) for field in fields(settings)}
    if given["allowed_folders"]:
        given["allowed_folders"] = tuple(given["allowed_folders"])
    return replace(settings, **{name: value for name, value in given.items() if value is not None})
