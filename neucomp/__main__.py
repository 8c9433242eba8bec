"""`python -m neucomp` is the command line."""

from neucomp.cli import main

if __name__ == "__main__":
    main()
