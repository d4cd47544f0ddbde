"""``python -m synthdiff`` is the command ``synthdiff``."""

from synthdiff.cli.main import main

if __name__ == "__main__":
    main()
