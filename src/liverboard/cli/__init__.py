"""The command line: parse, call the public list, print. Heavy imports wait until a command runs."""

from liverboard.cli.app import main

__all__ = ["main"]
