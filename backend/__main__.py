"""The `superface` command, also `python -m backend`."""


def main() -> None:
    """Command line; see entrypoints/command_line.py."""
    from .entrypoints.command_line import main as command_line

    command_line()


if __name__ == "__main__":
    main()
