// The library confluence.js of npm does on the sandbox what people do with Confluence; a step that fails unexpectedly ends with
// exit code 1.
//
// The library rejects at every 4xx and 5xx, and at an answer that does not fit the schema it has of it.
//
//	node confluence_library.mjs WORKER

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { createClient, NotFoundError } from "confluence.js/core";
import { getCurrentUser, searchByCQL } from "confluence.js/v1";
import { createV2Client } from "confluence.js";

const cloud = "ac3e0000-5a4d-4b0c-9c1e-0000000000a1"; // acme, see tools/sandbox/internal/state/sites.json
const [home, guide, checklist, playground] = [98403, 98500, 98501, 163990]; // see tools/sandbox/internal/confluence/content.json
const [engineering, demo, documentation] = [98306, 163848, 786497]; // see spaces.json beside it

const storage = (value) => ({ representation: "storage", value });
const titles = (page) => page.results.map((one) => one.title);

// every reads all pages of a list: the cursor is in the link to the next one.
async function every(list, parameters) {
	const found = [];
	for (let cursor; ; ) {
		const page = await list({ ...parameters, cursor });
		found.push(...page.results);
		const next = page._links.next;
		if (!next) return found;
		const given = new URL(next, "https://acme.atlassian.net").searchParams.get("cursor");
		assert.notEqual(given, cursor);
		cursor = given;
	}
}

async function conflicts(writing) {
	await assert.rejects(writing, (error) => error.status === 409 && JSON.stringify(error).includes("CONFLICT"));
}

// steps are by name. They build on one another.
function steps(confluence, client) {
	const update = async (id, change) => {
		const page = await confluence.page.getPageById({ id, bodyFormat: "storage" });
		const body = {
			id: String(id), status: "current", title: page.title, body: storage(page.body.storage.value),
			version: { number: page.version.number + 1, message: "by a library" }, ...change,
		};
		return confluence.page.updatePage({ id, body });
	};
	let made;
	return {
		"who am I": async () => assert.equal((await getCurrentUser(client, {})).displayName, "Ada Moreau"),
		"list spaces": async () => assert.equal((await every(confluence.space.getSpaces, { limit: 7, sort: "name" })).length, 30),
		"find a space by its key": async () => assert.equal((await confluence.space.getSpaces({ keys: ["ENG"] })).results[0].id, String(engineering)),
		"read a space": async () => assert.equal((await confluence.space.getSpaceById({ id: engineering, includeLabels: true })).key, "ENG"),
		"list pages by cursor": async () =>
			assert.equal((await every(confluence.page.getPagesInSpace, { id: documentation, limit: 100, sort: "-title" })).length, 301),
		"list the root of a space": async () => assert.deepEqual(titles(await confluence.page.getPagesInSpace({ id: engineering, depth: "root" })), ["Engineering"]),
		"find a page by its title": async () => assert.equal((await confluence.page.getPages({ title: "Meeting notes", spaceId: [engineering] })).results[0].id, "98502"),
		"list archived pages and those in the trash": async () =>
			assert.deepEqual(titles(await confluence.page.getPages({ status: ["archived", "trashed"] })).sort(), ["Cookie policy", "Old on-call guide"]),
		"read a page as storage": async () => assert.match((await confluence.page.getPageById({ id: checklist, bodyFormat: "storage" })).body.storage.value, /ac:name="toc"/),
		"read a page as a document": async () =>
			assert.equal(JSON.parse((await confluence.page.getPageById({ id: checklist, bodyFormat: "atlas_doc_format" })).body.atlas_doc_format.value).type, "doc"),
		"read a page as people see it": async () => assert.match((await confluence.page.getPageById({ id: guide, bodyFormat: "view" })).body.view.value, /Welcome/),
		"read an older version": async () => assert.equal((await confluence.page.getPageById({ id: guide, version: 1 })).status, "historical"),
		"read a draft": async () => assert.equal((await confluence.page.getPageById({ id: 98509, getDraft: true })).status, "draft"),
		"not find a page that is not there": () => assert.rejects(confluence.page.getPageById({ id: 1 }), NotFoundError),
		"not find a private page": () => assert.rejects(confluence.page.getPageById({ id: 98510 }), NotFoundError),
		"list children of a page": async () => assert.equal((await every(confluence.children.getPageDirectChildren, { id: home, limit: 2, sort: "title" })).length, 9),
		"list children of a folder": async () => assert.equal((await confluence.children.getFolderDirectChildren({ id: 98503 })).results[0].type, "page"),
		"list what is below a page": async () => assert.equal((await confluence.descendants.getPageDescendants({ id: home, depth: 5 })).results[1].depth, 2),
		"read a folder": async () => assert.equal((await confluence.folder.getFolderById({ id: 98503 })).title, "Runbooks"),
		"read a database": async () => assert.equal((await confluence.database.getDatabaseById({ id: 98506 })).title, "Services"),
		"read a whiteboard": async () => assert.equal((await confluence.whiteboard.getWhiteboardById({ id: 98507 })).title, "Architecture sketch"),
		"read an embed": async () => assert.match((await confluence.smartLink.getSmartLinkById({ id: 98508 })).embedUrl, /^https:/),
		"list the files of a page": async () => assert.ok((await confluence.attachment.getPageAttachments({ id: checklist })).results.length > 0),
		"search": async () => assert.ok((await searchByCQL(client, { cql: `type = space AND title ~ "Platform"` })).results.length > 0),
		"create a page": async () => {
			made = Number((await confluence.page.createPage({ body: { spaceId: String(demo), title: "By a library", body: storage("<p>Hello &amp; bye</p>") } })).id);
			assert.equal((await confluence.page.getPageById({ id: made, bodyFormat: "storage" })).body.storage.value, "<p>Hello &amp; bye</p>");
		},
		"create a page at the root": async () =>
			assert.equal((await confluence.page.createPage({ rootLevel: true, body: { spaceId: String(demo), title: "At the root" } })).parentId, null),
		"create a page with a document": async () => {
			const value = JSON.stringify({ type: "doc", version: 1, content: [{ type: "paragraph", content: [{ type: "text", text: "Hello" }] }] });
			const page = await confluence.page.createPage({ body: { spaceId: String(demo), title: "Document", body: { representation: "atlas_doc_format", value } } });
			assert.equal((await confluence.page.getPageById({ id: Number(page.id), bodyFormat: "storage" })).body.storage.value, "<p>Hello</p>");
		},
		"update a page": async () => assert.equal((await update(playground, { title: "Sandpit" })).version.number, 2),
		"not update a page that has moved on": () => conflicts(update(playground, { version: { number: 2 } })),
		"rename a page": async () => assert.equal((await confluence.page.updatePageTitle({ id: playground, body: { status: "current", title: "Playground" } })).version.number, 3),
		"delete a page": async () => {
			await confluence.page.deletePage({ id: made });
			assert.equal((await confluence.page.getPageById({ id: made })).status, "trashed");
			await confluence.page.deletePage({ id: made, purge: true });
			await assert.rejects(confluence.page.getPageById({ id: made }), NotFoundError);
		},
	};
}

async function address(sandbox) {
	for await (const line of createInterface({ input: sandbox.stdout })) {
		const found = line.match(/http:\/\/\S+?(?=\. )/);
		if (found) return found[0];
	}
	throw new Error("the sandbox does not say where it is");
}

const sandbox = spawn(process.argv[2], ["sandbox", "--port", "0", "--log-level", "error"], { stdio: ["ignore", "pipe", "inherit"] });
try {
	const config = { host: `${await address(sandbox)}/ex/confluence/${cloud}`, auth: { type: "bearer", token: "sandbox" } };
	for (const [name, step] of Object.entries(steps(createV2Client(config), createClient(config)))) {
		try {
			await step();
			console.log("works ", name);
		} catch (error) {
			process.exitCode = 1;
			console.log("FAILS ", name, error);
		}
	}
} finally {
	sandbox.kill();
}
