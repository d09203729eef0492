"""Everything in which our tools are known to differ from Arcade's own, each with its reason.

A difference that is not listed fails, and so does a listed one that no longer occurs.
"""

import html
import re

from compare import Deviation


def browse_address(theirs: str, ours: str) -> bool:
    """Ours is the address at which Jira shows the project that theirs leads to."""
    found = re.fullmatch(r"(https://[^/]+)/jira/software/projects/([^/]+)/summary", theirs)
    return found is not None and ours == f"{found[1]}/browse/{found[2]}"


def issue_address(theirs: str, ours: str) -> bool:
    """Ours is the page of the issue that theirs selects in a list."""
    found = re.fullmatch(r"(https://[^/]+)/jira/software/projects/[^/]+/list\?selectedIssue=(.+)", theirs)
    return found is not None and ours == f"{found[1]}/browse/{found[2]}"


def board_address(theirs: str, ours: str) -> bool:
    """Ours is the address at which Jira shows the board, or its backlog, that theirs leads to."""
    found = re.fullmatch(r"(https://[^/]+)/jira/software/projects/[^/]+/boards/(\d+)(/backlog)?", theirs)
    return found is not None and ours == f"{found[1]}/secure/RapidBoard.jspa?rapidView={found[2]}" + ("&view=planning" if found[3] else "")


def of_file(theirs: str, ours: str) -> bool:
    """Theirs is the ID, type, address or name of a file."""
    return theirs == "attachment" or re.fullmatch(r"att\d+|https://.*/pages/viewpageattachments\.action\?.*|.*\.(png|xlsx)", theirs) is not None


PERSON = ("account_type", "timezone", "jira_gui_url")  # what only GetUserById tells
SPRINT = ("id", "name", "state", "boardId", "startDate", "endDate", "completeDate", "goal")
FILE = ("id", "filename", "mime_type", "size.bytes", "author.id", "author.name", "author.active", "author.email", *(f"author.{w}" for w in PERSON))
STATUS = ("self", "iconUrl", "statusCategory.self", "statusCategory.id", "statusCategory.key", "statusCategory.colorName", "statusCategory.name")

BOARDS = (1, 2, 4, 7)  # those that have sprints
SEARCHES = (
    "Jira.GetBoardBacklogIssues", "Jira.GetIssuesWithoutId", "Jira.GetSprintIssues", "Jira.ListIssues", "Jira.SearchIssuesWithJql", "Jira.SearchIssuesWithoutJql",
)  # fmt: skip
CUSTOM = ("customfield_10016", "customfield_10101.**", "customfield_10103", "customfield_10107.**", "customfield_10109.**", "customfield_10110.**")

LISTED = [
    Deviation(
        (), "other value", ("project.jira_gui_url", "projects.*.jira_gui_url"),
        "/browse/KEY leads to every kind of project; theirs leads every project to a page of Jira Software.", browse_address,
    ),
    Deviation(
        (), "missing", ("project.category.self", "projects.*.category.self"),
        "An address of the REST API, which neither an agent nor its user can open; the category's ID is there.",
    ),
    Deviation(
        (), "other value", ("issue.jira_gui_url",),
        "/browse/KEY leads to every issue; theirs leads to a page that projects outside Jira Software do not have.", issue_address,
    ),
    Deviation(
        (), "missing",
        (
            *(f"issue.{who}.{what}" for who in ("assignee", "reporter", "creator") for what in ("account_type", "jira_gui_url")),
            *(f"issue.attachments.*.author.{what}" for what in PERSON),
        ),
        "An issue tells who it is, with e-mail address and whether the account is in use; GetUserById tells the rest.",
    ),
    Deviation((), "missing", ("issue.duedate",), "It is called due_date, as the tools' parameters are."),
    Deviation(
        (), "missing", tuple(f"issue.customfield_10020.*.{what}" for what in SPRINT),
        "The sprint is shown as sprint, with the names of those before as past_sprints; custom fields have their names.",
    ),
    Deviation(
        ("Jira.GetCommentById", "Jira.GetIssueComments"), "other value", ("comment.body", "comments.*.body"),
        "Ours is Markdown, which a model writes and reads; theirs is HTML.", lambda theirs, ours: theirs.startswith("<"),
    ),
    Deviation(
        ("Jira.AddCommentToIssue",), "missing", ("success", "message"),
        "An answer that is not an error is a success; what was read back is told by verified, and the comment's address by url.",
    ),
    Deviation(
        (), "missing", tuple(f"issue.{name}" for name in CUSTOM),
        "Custom fields are in custom_fields, by the names that people give them and with what a person sees of their values.",
    ),
    Deviation((), "missing", ("issue.fixVersions.**",), "They are called fix_versions, without addresses of the REST API and what is false."),
    Deviation((), "missing", ("issue.versions.**",), "The versions that an issue concerns are shown where fields asks for them."),
    Deviation(
        (), "missing", ("issue.issuelinks.**",),
        "They are in links: what the issue does to the other one, and its key, summary, status, type and priority.",
    ),
    Deviation(
        ("Jira.AttachFileToIssue",), "missing", ("status.success", "status.message"),
        "An answer that is not an error is a success; what was read back is told by verified.",
    ),
    Deviation(
        ("Jira.AttachFileToIssue",), "other value", ("attachment.mime_type",),
        "Ours tells the encoding of a text that is not UTF-8, which nobody could read without.", lambda theirs, ours: ours.startswith(theirs + "; charset="),
    ),
    Deviation(
        (), "missing", ("attachment.author.account_type", "attachment.author.timezone"),
        "An attachment tells who its author is, with e-mail address and whether the account is in use; GetUserById tells the rest.",
    ),
    Deviation(
        ("Jira.DownloadAttachment", "Jira.GetAttachmentMetadata"), "other value", ("attachment.id",),
        "IDs are texts in every tool, and so is the parameter.", lambda theirs, ours: str(theirs) == ours,
    ),
    Deviation(
        ("Jira.DownloadAttachment",), "missing", ("attachment.content",),
        "Theirs decodes what is not text as if it were, which destroys it; ours gives content_base64.",
    ),
    Deviation(
        ("Jira.ListIssueAttachmentsMetadata",), "failure", ("",),
        "Theirs breaks on an issue without attachments; ours lists none.",
    ),
    Deviation(
        ("Jira.GetUsersWithoutId",), "missing", tuple(f"query.{what}" for what in ("name_or_email", "enforce_exact_match", "limit", "offset")),
        "The inputs, which whoever made the call knows.",
    ),
    Deviation(
        ("Jira.ListUsers",), "other value", ("users", "pagination.returned_count", "pagination.next_offset"),
        "Theirs looks for accounts of the type in one page of any, where there may be none; ours reads on.",
    ),
    Deviation(
        ("Jira.ListUsers",), "other value", ("pagination.is_last_page",),
        "Theirs calls a short page the last one, which only an empty one is.", lambda theirs, ours: theirs is True and ours is False,
    ),
    Deviation((), "other value", ("issue.description",), "Ours is Markdown, which a model writes and reads; theirs is HTML.", lambda theirs, ours: theirs.startswith("<")),
    Deviation(
        (), "missing", tuple(f"{where}.to.{what}" for where in ("transition", "transitions_available.*") for what in STATUS),
        "Addresses that nobody can open, and the status's category, whose name is in ours as category.",
    ),
    Deviation(
        (), "missing", ("transition.fields", *(f"transitions_available.*.fields.{name}.**" for name in ("assignee", "customfield_10123", "fixVersions", "resolution")), "transitions_available.*.fields"),
        "A screen's field tells its name, whether it is required, its type and the values it can have, by name; and a transition without a screen has no fields.",
    ),
    Deviation(
        SEARCHES, "missing",
        tuple(f"issues.*.{name}" for name in (
            "jira_gui_url", "duedate", "created", "project.id", "project.key", "project.name", "status.id", "priority.id", "components",
            "components.*.id", "components.*.name", "assignee.active", "assignee.account_type", "assignee.jira_gui_url",
            "description", "fixVersions.**", "versions.**", "issuelinks.**", "resolution.**", "resolutiondate", *CUSTOM, *(f"attachments.*.{what}" for what in FILE), *(f"customfield_10020.*.{what}" for what in SPRINT),
            *(f"{who}.{what}" for who in ("reporter", "creator") for what in ("id", "name", "active", "account_type", "jira_gui_url")),
        )),
        "Rows of lists are small; the parameter fields widens them, and GetIssueById shows everything.",
    ),
    Deviation(
        ("Jira.AddLabelsToIssue", "Jira.CreateIssue", "Jira.RemoveLabelsFromIssue", "Jira.TransitionIssueToNewStatus", "Jira.UpdateIssue"), "missing", ("status.success", "status.message", "status", "message"),
        "What is no error has succeeded; ours shows what is stored, and says in verified whether it is what was asked for.",
    ),
    Deviation(
        ("Jira.CreateIssue",), "failure", ("",),
        "Theirs calls a project's name ambiguous that others contain.", lambda theirs, ours: ours is None and theirs.startswith("Multiple projects found"),
    ),
    Deviation(
        ("Jira.RemoveLabelsFromIssue",), "failure", ("",),
        "Theirs cannot remove the last label.", lambda theirs, ours: ours is None and "No changes provided" in theirs,
    ),
    Deviation(
        ("Jira.UpdateIssue",), "failure", ("",),
        "Theirs looks for a priority's name in priority schemes and knows no project of the default scheme.",
        lambda theirs, ours: ours is None and theirs.startswith("No priority schemes found"),
    ),
    Deviation(
        ("Jira.SearchIssuesWithJql",), "other value", ("pagination.is_last_page",),
        "Theirs calls a page the last one that has a token for the next.", lambda theirs, ours: theirs is True and ours is False,
    ),
    Deviation(
        ("Jira.ListPrioritiesAvailableToAnIssue", "Jira.ListPrioritiesAvailableToAProject"), "failure", ("",),
        "Theirs reads priority schemes, which only administrators can, and knows no project of the default scheme.",
        lambda theirs, ours: ours is None,
    ),
    Deviation(
        ("Jira.GetSprintIssues",), "other value", ("pagination.is_last_page",),
        "Theirs calls no page the last one, because it looks for a word that Jira does not say there.", lambda theirs, ours: theirs is False and ours is True,
    ),
    Deviation(("Jira.GetSprintIssues",), "missing", ("pagination.next_offset",), "Nothing follows the last page."),
    Deviation(
        ("Jira.GetBoardBacklogIssues",), "failure", ("",), "Theirs breaks on an attachment without an author.",
        lambda theirs, ours: ours is None and "KeyError" in theirs,
    ),
    Deviation(
        ("Jira.GetBoards", "Jira.ListSprintsForBoards"), "missing", ("boards.*.self", *(f"sprints_by_board.{board}.board.self" for board in BOARDS)),
        "An address of the REST API, which neither an agent nor its user can open.",
    ),
    Deviation(
        ("Jira.GetBoards", "Jira.ListSprintsForBoards"), "other value",
        ("boards.*.jira_gui_url", *(f"sprints_by_board.{board}.{what}" for board in BOARDS for what in ("board.jira_gui_url", "jira_backlog_gui_url"))),
        "Jira's old address of boards leads to those of company-managed and team-managed projects and of people; theirs fits one kind of project.",
        board_address,
    ),
    Deviation(
        ("Jira.GetBoards",), "other value", ("total",), "Ours is how many boards there are, theirs how many the page has.",
        lambda theirs, ours: ours > theirs,
    ),
    Deviation(("Jira.GetBoards",), "missing", ("next_offset",), "Boards that are named have no pages."),
    Deviation(
        ("Jira.GetBoards", "Jira.ListSprintsForBoards"), "other value", ("errors.*.error",),
        "Ours says what is there instead.", lambda theirs, ours: isinstance(ours, str) and ours != "",
    ),
    Deviation(
        ("Jira.ListSprintsForBoards",), "missing", tuple(f"sprints_by_board.1.sprints.*.{what}" for what in (
            "id", "name", "state", "startDate", "endDate", "completeDate", "originBoardId",
        )),
        "Ours are the newest of the board, as both say; theirs the newest of the page that has the oldest.",
    ),
    Deviation(
        ("Jira.ListSprintsForBoards",), "other value", ("boards.*.type", "sprints_by_board.4.board.type"),
        "Theirs calls every board scrum that has sprints; Jira calls this one simple.", lambda theirs, ours: (theirs, ours) == ("scrum", "simple"),
    ),
    Deviation(
        ("Jira.AddIssuesToSprint",), "missing", ("successfully_added.*.message", "already_in_sprint.*.message"),
        "The lists are called by what is true of their issues.",
    ),
    Deviation(
        ("Jira.AddIssuesToSprint",), "other value", ("not_found.*.message",), "Ours says that the user may lack the permission to see it.",
        lambda theirs, ours: isinstance(ours, str),
    ),
    Deviation(
        ("Jira.MoveIssuesFromSprintToBacklog",), "other value", ("errors.*.error",), "Ours says where the issue is, and tells that from an issue that is not there.",
        lambda theirs, ours: isinstance(ours, str),
    ),
    Deviation(
        ("Jira.MoveIssuesFromSprintToBacklog",), "other value", ("backlog_jira_gui_url",),
        "Jira's old address of boards leads to those of company-managed and team-managed projects and of people; theirs fits one kind of project.",
        board_address,
    ),
    Deviation(
        ("Confluence.GetPage",), "missing", ("page.body.storage.**",),
        "Ours is Markdown, which a model writes and reads, unless body_format asks for storage.",
    ),
    Deviation(
        ("Confluence.GetPagesById",), "missing", ("pages.*.body.storage.**",),
        "Ours is Markdown, which a model writes and reads, unless body_format asks for storage.",
    ),
    Deviation(
        ("Confluence.ListPages",), "missing", ("pages.*.body.storage.**",),
        "A list has no texts unless body_format asks for them: five pages of theirs can be a megabyte.",
    ),
    Deviation(
        ("Confluence.ListPages", "Confluence.SearchContent"), "other value", ("pages.*.url", "results.*.url"), "That of a home page names the page, with which it can be found again.",
        lambda theirs, ours: theirs.endswith("/overview") and ours.startswith(theirs + "?homepageId="),
    ),
    Deviation(("Confluence.RenamePage",), "missing", ("page.body.storage.**",), "The text stays as it is, and is neither read nor sent."),
    Deviation(
        ("Confluence.RenamePage", "Confluence.UpdatePageContent"), "missing", ("page.version.message",),
        "Theirs writes a message of its own into the page's history; ours leaves it to Confluence to tell what was changed.",
    ),
    Deviation(
        ("Confluence.GetPage",), "other value", ("page.url",), "Theirs is a part of the address when the page is found by its title.",
        lambda theirs, ours: theirs.startswith("/") and ours.startswith("https://") and ours.endswith(theirs),
    ),
    Deviation(
        ("Confluence.GetPage",), "failure", ("",),
        "Theirs shows an empty page where there is none, and one of several pages of a title.", lambda theirs, ours: theirs is None and ours is not None,
    ),
    Deviation(
        ("Confluence.CreatePage", "Confluence.UpdatePageContent"), "missing", ("page.body.storage.**",),
        "Whoever writes a text knows it; verified tells whether it is stored as it was sent, and what it was added to may be large.",
    ),
    Deviation(
        ("Confluence.CreatePage",), "failure", ("",),
        "Theirs sends a text with & as it is, which Confluence cannot read.", lambda theirs, ours: theirs is not None and ours is None,
    ),
    Deviation(
        ("Confluence.SearchContent",), "other value", ("results.*.excerpt",),
        "Ours is the text that a person sees; theirs has the marks of the search and entities of HTML.",
        lambda theirs, ours: re.sub("@@@(end)?hl@@@", "", html.unescape(theirs)) == ours,
    ),
    Deviation(
        ("Confluence.SearchContent",), "missing", ("results.*.id", "results.*.type", "results.*.url", "results.*.title"),
        "Ours finds pages and blog posts unless cql has a type; theirs finds every file of a space whose name has the word.", of_file,
    ),
    Deviation(
        ("Confluence.SearchContent",), "missing", ("results.*.status", "results.*.excerpt"), "The status and comment of such files.",
        lambda theirs, ours: theirs in ("current", "New figures", "Draft, &lt;do not&gt; share"),
    ),
    Deviation(
        ("Confluence.GetSpaceHierarchy",), "other value", ("children.*.children.*.parent_type", "children.*.children.*.children.*.parent_type"),
        "Theirs says TODO of every parent.", lambda theirs, ours: theirs == "TODO" and ours in ("page", "folder"),
    ),
    Deviation(
        ("Confluence.GetSpaceHierarchy",), "other value", ("children.*.children.*.url", "children.*.children.*.children.*.url"),
        "The same page: its address needs no title, which theirs does not escape.", lambda theirs, ours: theirs.startswith(f"{ours}/"),
    ),
]  # fmt: skip
