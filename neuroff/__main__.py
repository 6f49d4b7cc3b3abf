"""`python -m neuroff`, the same as the command `neuroff`."""

from neuroff.cli import main

if __name__ == "__main__":
    main()
