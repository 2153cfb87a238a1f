"""`glasstown` and `python -m glasstown` are the same command."""

from __future__ import annotations

from glasstown.core.endings import end_when_told


def main() -> None:
    """Run the command; it can be told to end while it is still being loaded."""
    end_when_told()
    from glasstown import cli

    cli.main()


if __name__ == "__main__":
    main()
