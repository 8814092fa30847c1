"""``python -m wabolt`` is the ``wabolt`` command."""

from wabolt.site.command import main

if __name__ == "__main__":
    main()
