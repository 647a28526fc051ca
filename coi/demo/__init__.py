"""A living demonstration: invented sites, persons and patients, all marked as such, in a database of purpose demo."""

from __future__ import annotations

from coi.demo.cast import PASSWORD, PEOPLE


def welcome(port: int) -> str:
    """Return what the demo prints at its start: where it is, who may sign in, and what to try first."""
    logins = "\n".join(f"  {one.login + '@demo.example':32} {one.role:20} {one.site}" for one in PEOPLE)
    return (
        f"\nThe demo: http://127.0.0.1:{port}   (everything in it is invented)\n\n"
        f"Every login has the password  {PASSWORD}\n{logins}\n\n"
        f"Start with the guided walk: http://127.0.0.1:{port}/walk\n"
    )
