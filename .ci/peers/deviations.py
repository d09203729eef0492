"""Everything in which our tools are known to differ from Arcade's own, each with its reason.

A difference that is not listed fails, and so does a listed one that no longer occurs.
"""

import re

from compare import Deviation


def browse_address(theirs: str, ours: str) -> bool:
    """Ours is the address at which Jira shows the project that theirs leads to."""
    found = re.fullmatch(r"(https://[^/]+)/jira/software/projects/([^/]+)/summary", theirs)
    return found is not None and ours == f"{found[1]}/browse/{found[2]}"


LISTED = [
    Deviation(
        (), "other value", ("project.jira_gui_url", "projects.*.jira_gui_url"),
        "/browse/KEY leads to every kind of project; theirs leads every project to a page of Jira Software.", browse_address,
    ),
    Deviation(
        (), "missing", ("project.category.self", "projects.*.category.self"),
        "An address of the REST API, which neither an agent nor its user can open; the category's ID is there.",
    ),
]  # fmt: skip
