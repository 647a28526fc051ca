"""What are roles called where people read them?"""

from __future__ import annotations

from flask_babel import gettext as _


def role_words(role: str) -> str:
    """Return a role in words that need no list of abbreviations."""
    known = {
        "mfg_operator": _("manufacturing operator"),
        "mfg_supervisor": _("manufacturing supervisor"),
        "qc_analyst": _("quality control analyst"),
        "qc_reviewer": _("quality control reviewer"),
        "qa_reviewer": _("quality reviewer"),
        "qa_releaser": _("quality releaser"),
        "doc_control": _("document control"),
        "site_admin": _("site administrator"),
        "system_admin": _("system administrator"),
    }
    return str(known.get(role) or _(role.replace("_", " ")))
