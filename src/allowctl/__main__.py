"""`python -m allowctl`."""

from allowctl.cli.app import main

main()
