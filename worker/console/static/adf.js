// Shows a document of the Atlassian Document Format. Every text is a text and
// every element one of those named here, so that nothing in a document can run.
import {html, nothing} from "/console/lit-html.js";

const safe = (address) => /^(https?:|mailto:)/i.test(address ?? "") ? address : null;

const link = (address, words) => safe(address)
	? html`<a href=${address} rel="noreferrer noopener" target="_blank">${words}</a>` : words;

const marks = {
	strong: (words) => html`<strong>${words}</strong>`,
	em: (words) => html`<em>${words}</em>`,
	strike: (words) => html`<s>${words}</s>`,
	code: (words) => html`<code>${words}</code>`,
	underline: (words) => html`<u>${words}</u>`,
	subsup: (words, {type}) => type === "sub" ? html`<sub>${words}</sub>` : html`<sup>${words}</sup>`,
	link: (words, {href}) => link(href, words),
};

const inside = (node) => (node.content ?? []).map(show);

const headings = [
	(words) => html`<h3>${words}</h3>`,
	(words) => html`<h4>${words}</h4>`,
	(words) => html`<h5>${words}</h5>`,
	(words) => html`<h6>${words}</h6>`,
];

const nodes = {
	doc: inside,
	paragraph: (n) => html`<p>${inside(n)}</p>`,
	heading: (n) => headings[Math.min(Math.max(n.attrs?.level ?? 1, 1), 4) - 1](inside(n)),
	text: (n) => (n.marks ?? []).reduce((words, m) => marks[m.type]?.(words, m.attrs ?? {}) ?? words, n.text),
	hardBreak: () => html`<br>`,
	bulletList: (n) => html`<ul>${inside(n)}</ul>`,
	orderedList: (n) => html`<ol start=${n.attrs?.order ?? 1}>${inside(n)}</ol>`,
	listItem: (n) => html`<li>${inside(n)}</li>`,
	taskList: (n) => html`<ul>${inside(n)}</ul>`,
	taskItem: (n) => html`<li>${n.attrs?.state === "DONE" ? "☑" : "☐"} ${inside(n)}</li>`,
	blockTaskItem: (n) => nodes.taskItem(n),
	decisionList: (n) => html`<ul>${inside(n)}</ul>`,
	decisionItem: (n) => html`<li>${inside(n)}</li>`,
	codeBlock: (n) => html`<pre>${inside(n)}</pre>`,
	blockquote: (n) => html`<blockquote>${inside(n)}</blockquote>`,
	panel: (n) => html`<div class="panel">${inside(n)}</div>`,
	expand: (n) => html`<details><summary>${n.attrs?.title || "…"}</summary>${inside(n)}</details>`,
	nestedExpand: (n) => nodes.expand(n),
	rule: () => html`<hr>`,
	table: (n) => html`<table>${inside(n)}</table>`,
	tableRow: (n) => html`<tr>${inside(n)}</tr>`,
	tableHeader: (n) => html`<th colspan=${n.attrs?.colspan ?? 1} rowspan=${n.attrs?.rowspan ?? 1}>${inside(n)}</th>`,
	tableCell: (n) => html`<td colspan=${n.attrs?.colspan ?? 1} rowspan=${n.attrs?.rowspan ?? 1}>${inside(n)}</td>`,
	mention: (n) => html`<strong>${n.attrs?.text || `@${n.attrs?.id ?? ""}`}</strong>`,
	emoji: (n) => n.attrs?.text ?? n.attrs?.shortName ?? "",
	date: (n) => new Date(Number(n.attrs?.timestamp)).toLocaleDateString(),
	status: (n) => html`<span class="status">${n.attrs?.text ?? ""}</span>`,
	inlineCard: (n) => link(n.attrs?.url, n.attrs?.url ?? ""),
	media: (n) => html`<em>[image${n.attrs?.alt ? `: ${n.attrs.alt}` : nothing}]</em>`,
};

// show is a node, or its content when it is none of those above.
export const show = (node) => (nodes[node?.type] ?? inside)(node ?? {});
