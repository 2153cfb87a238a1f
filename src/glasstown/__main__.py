"""`python -m glasstown` is the `glasstown` command."""

import sys

if __name__ == "__main__":
    try:
        from glasstown.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
