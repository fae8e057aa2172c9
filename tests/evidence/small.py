"""A guideline set of one small file, and folders that hold variations of it."""

from liverboard.evidence.loader import load_evidence

HEAD = """
guideline: {guideline}
room: {room}
title: A small room
version: "1"
review_by: 2027-01-01
"""
CRITERION = """
criteria:
  wild:
    intent: requires
    text: RAS is wild type
    when: {is: {ras: wild_type}}
    sources: [{ref: fong-1999, locator: nowhere, mark: verified, checked: 2026-11-23}]
"""
TESTS = """
tests:
  wild:
    - {given: {ras: wild_type}, expect: yes}
    - {given: {ras: mutated}, expect: no}
"""


def written(body=CRITERION, tests=TESTS, *, guideline="mine", room="room"):
    """Return the text of a file of criteria."""
    head = HEAD.format(guideline=guideline, room=room)
    return f"{head}{body}" + (f"\n---\n{tests}" if tests else "")


def folder(tmp_path, files):
    """Write files below a folder and return all evidence with it."""
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return load_evidence(tmp_path)


def evidence_of(tmp_path, body=CRITERION, tests=TESTS):
    """Return all evidence with one small file beside ours."""
    return folder(tmp_path, {"criteria/mine/room.yaml": written(body, tests)})
