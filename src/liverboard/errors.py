"""What can go wrong, as one tree.

LiverboardError
├── CaseError          the case folder, its record or its images
│   └── ImageError     one image file
├── EvidenceError      criteria, facts or sources that do not load
├── RequestError       an option, room or parameter that does not exist
└── OutputError        a result that cannot be written

These are shown as one line without a traceback, with exit code 2.
Anything else that is raised is a defect of liverboard and keeps its traceback.
"""

from __future__ import annotations

__all__ = [
    "CaseError",
    "EvidenceError",
    "ImageError",
    "LiverboardError",
    "OutputError",
    "RequestError",
]


class LiverboardError(Exception):
    """An error that the user can mend; its message is one line: what, where, expected, remedy."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        """Compose the line `where: what; remedy`, leaving out what is not given."""
        self.what, self.where, self.remedy = what, where, remedy
        line = f"{where}: {what}" if where else what
        super().__init__(f"{line}; {remedy}" if remedy else line)


class CaseError(LiverboardError):
    """The case cannot be read as given."""


class ImageError(CaseError):
    """One image file cannot be used."""


class EvidenceError(LiverboardError):
    """Facts, criteria, parameters or sources do not load."""


class RequestError(LiverboardError):
    """Something was asked for that does not exist."""


class OutputError(LiverboardError):
    """A result cannot be written."""
