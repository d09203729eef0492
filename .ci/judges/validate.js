// Validates what tools/richtext writes as ADF with Atlassian's own validator,
// which is stricter than the JSON schema: it refuses links the editor would not
// follow. Prints a line per group of documents and fails on an invalid one.
//
//	node validate.js WORKER-BINARY GOLDMARK-MODULE
"use strict";

const { spawn } = require("node:child_process");
const { readdirSync, readFileSync } = require("node:fs");
const { join, relative } = require("node:path");
const { isDeepStrictEqual } = require("node:util");
const { setBooleanFeatureFlagResolver } = require("@atlaskit/platform-feature-flags");

// Without a resolver every flag that the validator reads is logged as missing.
setBooleanFeatureFlagResolver(() => false);
const validate = require("@atlaskit/adf-utils/validator").validator();

const [worker, goldmark] = process.argv.slice(2);
const repository = join(__dirname, "..", "..");
const testdata = join(repository, "tools", "richtext", "testdata");

// problems returns what the validator finds wrong with a document. It returns
// the document with a stand-in for what is invalid, as the editor asks for, so a
// valid one comes back as it was. What it reports on the way includes readings
// of a node that it then gave up for another.
function problems(adf) {
	const found = new Set();
	const standIn = (part, error, { isMark, isNodeAttribute }) => {
		found.add(`${error.code} in ${JSON.stringify(part).slice(0, 200)}`);
		return { type: isMark ? "unsupportedMark" : isNodeAttribute ? "unsupportedNodeAttribute" : "unsupportedBlock" };
	};
	try {
		const { entity } = validate(JSON.parse(adf), standIn);
		if (isDeepStrictEqual(entity, JSON.parse(adf))) return [];
	} catch (error) {
		found.add(String(error));
	}
	return found.size > 0 ? [...found] : ["invalid"];
}

function convert(from, to, source) {
	return new Promise((resolve, reject) => {
		const child = spawn(worker, ["convert", "--from", from, "--to", to]);
		let out = "", err = "";
		child.stdout.setEncoding("utf8").on("data", (s) => (out += s));
		child.stderr.setEncoding("utf8").on("data", (s) => (err += s));
		child.on("error", reject);
		child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`convert: ${err.trim()}`))));
		child.stdin.on("error", () => {}); // the exit code says why it was not read
		child.stdin.end(source);
	});
}

// written returns the ADF of a source in any format. ADF is written as it was
// read, so one goes by way of Markdown.
async function written({ format, text }) {
	if (format !== "adf") return convert(format, "adf", text);
	return convert("markdown", "adf", await convert("adf", "markdown", text));
}

function files(folder, wanted) {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && wanted(entry.name))
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.sort();
}

// goldenCases reads the cases of all golden files: "==== name", then sections
// "-- format --", the first of which is the source.
function goldenCases() {
	const cases = [];
	for (const file of files(join(testdata, "golden"), (name) => name.endsWith(".txt"))) {
		for (const part of readFileSync(file, "utf8").split(/^==== /m).slice(1)) {
			const end = part.indexOf("\n");
			const [, ...fields] = part.slice(end).split(/^-- (.+) --\n/m);
			const sections = [];
			for (let i = 0; i < fields.length; i += 2) sections.push({ format: fields[i], text: fields[i + 1].replace(/\n$/, "") });
			cases.push({ name: `${relative(testdata, file)}: ${part.slice(0, end)}`, sections });
		}
	}
	return cases;
}

const cases = goldenCases();
const groups = {
	"recorded in golden files": cases.flatMap(({ name, sections }) =>
		sections.slice(1).filter((s) => s.format === "adf").map((s) => ({ name, adf: s.text }))),
	"written from the sources of golden files": cases.map(({ name, sections }) => ({ name, ...sections[0] })),
	"written from documents with every node and macro": files(join(testdata, "documents"), () => true)
		.map((file) => ({ name: relative(repository, file), format: file.split(".").at(-2), text: readFileSync(file, "utf8") })),
	"written from CommonMark's examples": JSON.parse(readFileSync(join(goldmark, "_test", "spec.json"), "utf8"))
		.map(({ example, markdown }) => ({ name: `example ${example}`, format: "markdown", text: markdown })),
	"written from the READMEs here and of the installed packages": [
		join(repository, "README.md"), ...files(join(__dirname, "node_modules"), (name) => /^readme\.md$/i.test(name)),
	].map((file) => ({ name: relative(repository, file), format: "markdown", text: readFileSync(file, "utf8") })),
};

async function judge(title, documents) {
	let invalid = 0;
	const waiting = [...documents];
	const work = async () => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
			let found;
			try {
				found = problems(next.adf ?? (await written(next)));
			} catch (error) {
				found = [error.message];
			}
			if (found.length === 0) continue;
			invalid++;
			console.log(`INVALID ${next.name}\n\t${found.join("\n\t")}`);
		}
	};
	await Promise.all([work(), work(), work(), work()]);
	console.log(`${documents.length} documents ${title}, ${invalid} invalid`);
	return invalid + (documents.length === 0 ? 1 : 0); // a group that found nothing judges nothing
}

async function main() {
	if (problems('{"type":"doc","version":1,"content":[{"type":"heading","content":[]}]}').length === 0) {
		throw new Error("the validator accepts an invalid document");
	}
	let invalid = 0;
	for (const [title, documents] of Object.entries(groups)) invalid += await judge(title, documents);
	process.exitCode = invalid === 0 ? 0 : 1;
}

main();
