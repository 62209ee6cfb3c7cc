"""Runs the command with the words of the command line."""

import os
import sys


def main():
    """Becomes the command."""
    command = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "lunette")
    os.execv(command, [command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
