import {html, render, nothing} from "/console/lit-html.js";
import {show} from "/console/adf.js";

// What is entered is kept for this tab alone.
const kept = (name, fallback) => sessionStorage.getItem(name) ?? fallback;
const state = {
	worker: kept("worker", ""),
	user: kept("user", "sandbox"),
	tools: [],
	schemas: {},
	problem: "",
	query: "",
	chosen: "",
	inputs: {}, // what the form holds, by tool and parameter
	running: false,
	answer: null,
	copied: "",
};

// serve --sandbox prints an address with the token in its last part, which
// browsers do not send.
const given = new URLSearchParams(location.hash.slice(1));
if (given.has("worker")) {
	keep("worker", given.get("worker"));
	history.replaceState(null, "", location.pathname);
}

function keep(name, value) {
	state[name] = value;
	sessionStorage.setItem(name, value);
}

const bearer = () => state.worker ? {Authorization: `Bearer ${state.worker}`} : {};

async function ask(path, options = {}) {
	const response = await fetch(path, {...options, headers: {...bearer(), ...options.headers}});
	if (response.status === 401) throw new Error("The worker does not take this token. Make one with: atlassian-worker jwt");
	if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? `The worker answers with status ${response.status}.`);
	return response;
}

async function load() {
	try {
		const [tools, api] = await Promise.all(["/worker/tools", "/openapi.json"].map(async (path) => (await ask(path)).json()));
		Object.assign(state, {tools, schemas: api.components.schemas, api, problem: ""});
	} catch (e) {
		Object.assign(state, {tools: [], problem: e.message});
	}
	draw();
}

const shown = () => {
	const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
	return state.tools.filter((t) => words.every((w) => `${t.fully_qualified_name} ${t.description}`.toLowerCase().includes(w)));
};

const chosen = () => state.tools.find((t) => t.fully_qualified_name === state.chosen);

const form = () => state.inputs[state.chosen] ??= {};

// inputs are what the form says as the tool takes it. Empty fields are left out.
function inputs() {
	const values = {}, wrong = {};
	for (const [name, schema] of Object.entries(state.schemas[state.chosen]?.properties ?? {})) {
		const entered = form()[name] ?? "";
		if (entered === "") continue;
		try {
			values[name] = read(schema, entered);
		} catch {
			wrong[name] = "This is not JSON.";
		}
	}
	return {values, wrong};
}

function read(schema, entered) {
	switch (schema.type) {
	case "string": return entered;
	case "boolean": return entered === "true";
	case "integer": case "number": return Number(entered);
	case "array":
		if (["string", "integer", "number"].includes(schema.items.type)) {
			return entered.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => read(schema.items, line));
		}
	}
	return JSON.parse(entered);
}

const request = (token) => ({
	execution_id: `console-${Date.now()}`,
	tool: {toolkit: chosen().toolkit.name, name: chosen().name},
	inputs: inputs().values,
	context: {authorization: {token}},
});

// quoted is a word as a shell takes it.
const quoted = (word) => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const curl = () => ["curl -s", ...(state.worker ? [`-H ${quoted(`Authorization: Bearer ${state.worker}`)}`] : []),
	quoted(`${location.origin}/worker/tools/invoke`), "-d", quoted(JSON.stringify(request(state.user)))].join(" ");

async function run(event) {
	event?.preventDefault();
	if (state.running || !chosen() || Object.keys(inputs().wrong).length) return;
	Object.assign(state, {running: true, answer: null});
	draw();
	try {
		const response = await ask("/worker/tools/invoke", {
			method: "POST", body: JSON.stringify(request(state.user)), headers: {"X-Upstream-Calls": "list"},
		});
		const calls = response.headers.get("X-Upstream-Calls")?.split(", ").filter(Boolean) ?? [];
		state.answer = {tool: state.chosen, calls, ...await response.json()};
		await showTexts(state.answer);
	} catch (e) {
		state.answer = {tool: state.chosen, failure: e.message};
	}
	state.running = false;
	draw();
	document.getElementById("answer")?.scrollIntoView({block: "nearest"});
}

// showTexts finds what may be rich text in an answer: documents, and texts of
// several lines or with marks of Markdown.
async function showTexts(answer) {
	const most = 8, found = [];
	const walk = (value, at) => {
		if (found.length >= most || value === null) return;
		if (value?.type === "doc") found.push({at, document: value});
		else if (typeof value === "object") for (const key in value) walk(value[key], at ? `${at}.${key}` : key);
		else if (typeof value === "string" && /\n|\*\*|^#|^[-*] |\]\(|`/.test(value)) found.push({at, markdown: value});
	};
	walk(answer.output.value, "");
	answer.texts = await Promise.all(found.map(async ({at, document, markdown}) => ({
		at, document: document ?? await (await ask("/console/adf", {method: "POST", body: markdown})).json(),
	})));
}

async function copy() {
	try {
		await navigator.clipboard.writeText(curl());
		state.copied = "Copied.";
	} catch {
		state.copied = "The browser does not let this page copy: mark the command below.";
	}
	draw();
}

function choose(name) {
	Object.assign(state, {chosen: name, answer: null, copied: ""});
	draw();
	scrollTo(0, 0);
}

const tokens = () => html`
	<header>
		<h1>Tools for Atlassian</h1>
		<label>Worker's token <input type="password" autocomplete="off" .value=${state.worker} @change=${(e) => { keep("worker", e.target.value.trim()); load(); }}></label>
		<label>User's Atlassian token <input type="password" autocomplete="off" .value=${state.user} @input=${(e) => { keep("user", e.target.value.trim()); draw(); }}></label>
	</header>`;

const list = () => html`
	<nav aria-label="Tools">
		<label for="search">Search <small>press /</small></label>
		<input id="search" type="search" .value=${state.query} @input=${(e) => { state.query = e.target.value; draw(); }}>
		${[...new Set(shown().map((t) => t.toolkit.name))].map((toolkit) => html`
			<h3>${toolkit}</h3>
			<ul>${shown().filter((t) => t.toolkit.name === toolkit).map((t) => html`
				<li><a href="#${t.fully_qualified_name}" aria-current=${t.fully_qualified_name === state.chosen ? "page" : nothing}>${t.name}</a></li>`)}</ul>`)}
		${state.tools.length && !shown().length ? html`<p>No tool fits.</p>` : nothing}
		<h3>More</h3>
		<ul><li><a href="#api" aria-current=${state.chosen === "api" ? "page" : nothing}>Routes (OpenAPI)</a></li></ul>
	</nav>`;

const badges = (t) => {
	const b = t.metadata.behavior;
	return html`<ul class="badges">
		<li class=${b.destructive ? "strong" : ""}>${b.read_only ? "only reads" : b.destructive ? "changes or removes what exists" : "adds"}</li>
		${b.read_only ? nothing : html`<li>${b.idempotent ? "repeating it changes nothing more" : "repeating it does it again"}</li>`}
		${(t.requirements.authorization?.oauth2?.scopes ?? []).map((scope) => html`<li>${scope}</li>`)}
	</ul>`;
};

const field = (name, schema, about, required, wrong) => {
	const id = `in-${name}`, value = form()[name] ?? "";
	const enter = (e) => { form()[name] = e.target.value; state.copied = ""; draw(); };
	const options = schema.type === "boolean" ? ["true", "false"] : schema.enum;
	const list = schema.type === "array" && ["string", "integer", "number"].includes(schema.items.type);
	const number = schema.type === "integer" || schema.type === "number";
	const control = options
		? html`<select id=${id} aria-describedby="${id}-about" ?required=${required} .value=${value} @change=${enter}>
			<option value="">${schema.default === undefined ? "" : `(${schema.default})`}</option>${options.map((o) => html`<option ?selected=${o === value}>${o}</option>`)}</select>`
		: schema.type === "array" || schema.type === "object" || schema.maxLength > 2000
			? html`<textarea id=${id} aria-describedby="${id}-about" ?required=${required} spellcheck="false" .value=${value} @input=${enter}></textarea>`
			: html`<input id=${id} aria-describedby="${id}-about" ?required=${required} type=${number ? "number" : "text"} step=${schema.type === "number" ? "any" : nothing}
				min=${schema.minimum ?? nothing} max=${schema.maximum ?? nothing} maxlength=${schema.maxLength ?? nothing} placeholder=${schema.default ?? ""} .value=${value} @input=${enter}>`;
	return html`<div class="field">
		<label for=${id}>${name} <small>${schema.type}${required ? ", required" : ""}</small></label>
		<span class="hint" id="${id}-about">${about}${list ? " One a line." : schema.type === "array" || schema.type === "object" ? " As JSON." : ""}</span>
		${control}
		${wrong ? html`<span class="bad">${wrong}</span>` : nothing}
	</div>`;
};

const answer = (a) => {
	if (a.failure) return html`<div class="notice" role="alert"><p class="bad">The call was not made.</p><p>${a.failure}</p></div>`;
	const e = a.output.error;
	return html`
		<p><span class=${a.success ? "good" : "bad"}>${a.success ? "Success" : "Failed"}</span>, ${a.duration.toFixed(1)} ms</p>
		${e ? html`<div class="notice" role="alert"><p class="bad">${e.kind}${e.can_retry ? ", may be retried" : ""}</p><p>${e.message}</p>
			${e.additional_prompt_content ? html`<p>${e.additional_prompt_content}</p>` : nothing}</div>` : nothing}
		${a.success ? html`<pre tabindex="0" aria-label="Answer">${JSON.stringify(a.output.value, null, 2)}</pre>` : nothing}
		${(a.texts ?? []).map((t) => html`<h3>${t.at}</h3><div class="document">${show(t.document)}</div>`)}
		<h3>Requests to Atlassian</h3>
		${a.calls.length ? html`<ol class="calls">${a.calls.map((c) => html`<li>${c}</li>`)}</ol>` : html`<p>None.</p>`}`;
};

const tool = (t) => {
	const schema = state.schemas[t.fully_qualified_name] ?? {properties: {}};
	const {wrong} = inputs();
	return html`
		<h2>${t.fully_qualified_name}</h2>
		<p>${t.description}</p>
		${t.deprecation_message ? html`<p class="bad">Deprecated: ${t.deprecation_message}</p>` : nothing}
		${badges(t)}
		<form @submit=${run}>
			${t.input.parameters.map((p) => field(p.name, schema.properties[p.name], p.description, p.required, wrong[p.name]))}
			<div class="row"><button class="main" ?disabled=${state.running}>${state.running ? "Running…" : "Run"}</button> <span class="hint">or Ctrl+Enter</span></div>
		</form>
		<section id="answer" aria-live="polite" aria-busy=${state.running}>${state.answer?.tool === t.fully_qualified_name ? answer(state.answer) : nothing}</section>
		<h3>The same from a shell</h3>
		<div class="row"><button type="button" @click=${copy}>Copy</button> <span role="status">${state.copied}</span></div>
		<pre tabindex="0" aria-label="curl command" id="curl">${curl()}</pre>`;
};

const routes = () => html`
	<h2>Routes</h2>
	<p>What an Engine calls. <code>GET /openapi.json</code> has all of it, with a schema for the inputs of every tool.</p>
	${Object.entries(state.api?.paths ?? {}).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => html`
		<h3>${method.toUpperCase()} ${path}</h3>
		<p>${o.summary}. ${o.description ?? ""}</p>
		<ul class="badges">${Object.keys(o.responses).map((status) => html`<li>${status}</li>`)}</ul>`))}
	<pre tabindex="0" aria-label="curl command">curl -s ${state.worker ? `-H ${quoted(`Authorization: Bearer ${state.worker}`)} ` : ""}${location.origin}/openapi.json</pre>`;

const welcome = () => html`
	<h2>${state.tools.length} tools</h2>
	<p>Choose one to see what it takes, run it on this worker, and copy the call for a shell.</p>`;

function draw() {
	render(html`${tokens()}<div class="columns">${list()}<main>
		${state.problem ? html`<div class="notice" role="alert"><p class="bad">The tools could not be read.</p><p>${state.problem}</p></div>`
			: chosen() ? tool(chosen()) : state.chosen === "api" ? routes() : welcome()}
	</main></div>`, document.body);
}

addEventListener("hashchange", () => choose(decodeURIComponent(location.hash.slice(1))));
addEventListener("keydown", (e) => {
	const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
	if (e.key === "/" && !typing) {
		e.preventDefault();
		document.getElementById("search").focus();
	}
	if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) run(e);
});
state.chosen = decodeURIComponent(location.hash.slice(1));
draw();
load();
