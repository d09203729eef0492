"""The library jira of PyPI does on the sandbox what people do with Jira; a step that fails unexpectedly ends with exit code 1.

The library raises at every 4xx and 5xx and at what it cannot read. What it refuses to ask of Jira Cloud, such as the issue
types of a project, is not here.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from jira import JIRA

CLOUD = "ac3e0000-5a4d-4b0c-9c1e-0000000000a1"  # acme, see tools/sandbox/internal/state/sites.json
ALEX = "5f8a1c2e9d3b4a0069e1f7b2"


def document(text: str) -> dict:
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


def expect(value, wanted) -> None:
    if value != wanted:
        raise AssertionError(f"is {value!r}, not {wanted!r}")


def steps(jira: JIRA, folder: Path):
    """The steps by name. They build on one another."""

    def create():
        made = jira.create_issue(
            project="PLAT", summary="Written by a library", issuetype={"name": "Task"}, description=document("It works."),
            labels=["library"], priority={"name": "High"}, assignee={"accountId": ALEX},
        )  # fmt: skip
        expect((made.fields.summary, made.fields.labels, made.fields.priority.name), ("Written by a library", ["library"], "High"))
        return made.key

    def update():
        issue = jira.issue("PLAT-2")
        issue.update(summary="Another summary")
        expect(jira.issue("PLAT-2").fields.summary, "Another summary")

    def label():
        jira.issue("PLAT-2").add_field_value("labels", "library")
        expect("library" in jira.issue("PLAT-2").fields.labels, True)

    def comment():
        made = jira.add_comment("PLAT-1", document("Seen."))
        expect(jira.comment("PLAT-1", made.id).author.displayName, "Ada Moreau")
        made.delete()

    def attach():
        path = folder / "notes.txt"
        path.write_text("what was seen\n")
        made = jira.add_attachment("PLAT-1", str(path))
        expect(jira.attachment(made.id).get(), b"what was seen\n")
        jira.delete_attachment(made.id)

    def sprint():
        jira.add_issues_to_sprint(60, ["PLAT-2"])
        expect("PLAT-2" in [i.key for i in jira.search_issues("sprint = 60")], True)
        jira.move_to_backlog(["PLAT-2"])
        expect("PLAT-2" in [i.key for i in jira.search_issues("sprint = 60")], False)

    def many_comments():
        expect(len(jira.comments("PLAT-3")), 100)  # of 120: the library reads one page

    def every_issue():
        expect(len(jira.search_issues("project = PLAT", maxResults=False)) > 3, True)

    return {
        "who am I": lambda: expect(jira.myself()["displayName"], "Ada Moreau"),
        "read an issue": lambda: expect(jira.issue("PLAT-1").key, "PLAT-1"),
        "read an issue with the names of its fields": lambda: expect(jira.issue("PLAT-1", expand="renderedFields,names").names.duedate, "Due date"),
        "read a page of comments": many_comments,
        "comment and delete the comment": comment,
        "attach, download and delete a file": attach,
        "download a picture": lambda: expect(jira.attachment("10003").get()[:4], b"\x89PNG"),
        "what attachments may be": jira.attachment_meta,
        "list boards": jira.boards,
        "list the sprints of a board": lambda: jira.sprints(1, maxResults=False),
        "list the sprints of a board by name": lambda: jira.sprints_by_name(1),
        "read a sprint": lambda: expect(jira.sprint(59).id, 59),
        "plan a sprint and empty it": sprint,
        "list priorities": jira.priorities,
        "read a priority": lambda: expect(jira.priority("1").id, "1"),
        "list issue types": jira.issue_types,
        "read an issue type": lambda: expect(jira.issue_type("10003").id, "10003"),
        "list what of an issue can be edited": lambda: jira.editmeta("PLAT-1")["fields"]["summary"],
        "list fields": jira.fields,
        "list projects": lambda: expect("PLAT" in [p.key for p in jira.projects()], True),
        "read a project": lambda: expect(jira.project("PLAT").key, "PLAT"),
        "find people": lambda: jira.search_users(query="alex"),
        "find people who can be assigned": lambda: jira.search_assignable_users_for_issues(project="PLAT", query="a"),
        "read a person": lambda: expect(jira.user(ALEX).accountId, ALEX),
        "search": every_issue,
        "create an issue": create,
        "edit an issue": update,
        "add a label": label,
        "list transitions": lambda: jira.transitions("PLAT-1"),
        "move an issue by a transition": lambda: jira.transition_issue("PLAT-1", "21"),
    }


def main(binary: str) -> int:
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [binary, "sandbox", "--port", "0", "--log-level", "error"], stdout=subprocess.PIPE, text=True
    ) as sandbox:
        try:
            address = re.search(r"http://\S+?(?=\. )", sandbox.stdout.readline())[0]
            jira = JIRA(
                server=f"{address}/ex/jira/{CLOUD}", token_auth="sandbox", options={"rest_api_version": "3"},
                get_server_info=False, max_retries=0,
            )  # fmt: skip
            jira.deploymentType, jira._version = "Cloud", (1001, 0, 0)  # what get_server_info would find out
            failed = 0
            for name, step in steps(jira, Path(folder)).items():
                try:
                    step()
                    print("works ", name)
                except Exception as e:  # the library raises many kinds, among them those of what it builds on
                    failed += 1
                    print("FAILS ", name, type(e).__name__, getattr(e, "text", None) or e, getattr(e, "url", ""))
        finally:
            sandbox.kill()
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
