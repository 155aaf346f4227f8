"""`python -m allowctl`, and the script that pip installs."""

import sys

_INTERRUPTED = 130


def run() -> None:
    """Start the command line; Ctrl-C counts from the first import on."""
    try:
        from allowctl.cli.app import main  # noqa: PLC0415 - it may be interrupted too

        main()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    run()
