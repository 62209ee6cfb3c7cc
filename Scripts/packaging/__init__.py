"""Lunette's program, as a module that pip installs: `python -m lunette` is the command."""
