"""`python -m glasstown` is the `glasstown` command."""

from glasstown.cli import main

if __name__ == "__main__":
    main()
