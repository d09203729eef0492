// Uses the console as a person does, in Chromium: finds a tool, runs it, copies the curl command and runs
// that, and sees an error explained. Prints the path of each screenshot.
//
//	node test.js CHROMIUM ADDRESS FOLDER
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {chromium} from "playwright-core";

const [, , executablePath, address, folder] = process.argv;
const browser = await chromium.launch({executablePath, args: ["--no-sandbox"]});
for (const [device, viewport] of Object.entries({desktop: {width: 1280, height: 900}, phone: {width: 390, height: 844}})) {
	for (const colorScheme of ["light", "dark"]) {
		const context = await browser.newContext({viewport, colorScheme, permissions: ["clipboard-read", "clipboard-write"]});
		const page = await context.newPage();
		const complaints = [], elsewhere = [];
		page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
		page.on("pageerror", (e) => complaints.push(e.message));
		page.on("request", (r) => r.url().startsWith(new URL(address).origin) || elsewhere.push(r.url()));
		const picture = async (name) => {
			const path = `${folder}/${name}-${device}-${colorScheme}.png`;
			await page.screenshot({path, fullPage: true});
			console.log(path);
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the ${device}`);
		};

		await page.goto(address);
		await page.waitForSelector("nav li a");
		assert.equal(new URL(page.url()).hash, "", "the token stays in the address bar");
		assert.match(await page.textContent("main"), /\d+ tools/);

		// By keyboard alone: search, go to the tool, fill in, run.
		await page.keyboard.press("/");
		await page.keyboard.type("getissuebyid");
		await page.keyboard.press("Tab");
		await page.keyboard.press("Enter");
		await page.waitForSelector("h2:has-text('Jira.GetIssueById')");
		await page.focus("#in-issue");
		await page.keyboard.type("PLAT-1");
		await page.keyboard.press("Control+Enter");
		await page.waitForSelector("#answer .good");
		assert.match(await page.textContent("#answer pre"), /"key": "PLAT-1"/);
		assert.match(await page.textContent("#answer ol.calls"), /GET \/rest\/api\/3\/issue\/\{issueIdOrKey\}/);
		assert.ok(await page.locator("#answer .document").count() > 0, "no rich text is shown");
		await picture("success");

		await page.click("button:has-text('Copy')");
		await page.waitForSelector("text=Copied.");
		const command = await page.evaluate(() => navigator.clipboard.readText());
		const answer = JSON.parse(execFileSync("sh", ["-c", command], {encoding: "utf8"}));
		assert.equal(answer.output.value.issue.key, "PLAT-1");

		await page.fill("#in-issue", "PLAT-99999");
		await page.click("button.main");
		await page.waitForSelector("#answer [role=alert]");
		assert.match(await page.textContent("#answer"), /UPSTREAM_RUNTIME_NOT_FOUND[\s\S]*does not exist/);
		await picture("failure");

		await page.click("nav a:has-text('Routes')");
		await page.waitForSelector("h3:has-text('POST /worker/tools/invoke')");
		await page.fill("header input >> nth=0", "wrong");
		await page.keyboard.press("Tab");
		await page.waitForSelector("text=does not take this token");
		assert.deepEqual(complaints.filter((c) => !c.includes("401")), []);
		assert.deepEqual(elsewhere, []);
		await context.close();
	}
}
await browser.close();
