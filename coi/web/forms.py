"""What does a form ask again, in words, before anybody reads it as a deed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping


def chosen(form: Mapping[str, str], name: str, what: str) -> str:
    """Return what was chosen of a list.

    Raises:
        Malformed: Nothing was; *what* says in the page's own words what is asked for.
    """
    value = form.get(name, "")
    if not value:
        raise Malformed(_("Choose from the list: %(what)s.", what=what))
    return value
