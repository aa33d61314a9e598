/*! <rates-value>: one number with its source, from ratesvc (MIT licence). How to use it: /embed of the service. */
(() => {
"use strict";
function languageOf(lang) {
  const code = (lang ?? "").slice(0, 2).toLowerCase();
  return /^[a-z]{2}$/.test(code) ? code : "en";
}
function queryOf(lang, names, attribute) {
  const query = new URLSearchParams({ lang: languageOf(lang) });
  for (const name of names) if (attribute(name) !== null) query.set(name, attribute(name));
  return query;
}
function scriptHome() {
  return document.currentScript && new URL("..", document.currentScript.src).href;
}
function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
function sharedStyle(light, dark) {
  return `
    :host { ${light} }
    :host([hidden]) { display: none; }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} } }
    :host([theme="dark"]) { ${dark} }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  `;
}
function styling(style) {
  const sheets = new WeakMap();
  return ({ ownerDocument, shadowRoot }) => {
    const view = ownerDocument.defaultView;
    if (!view) return;
    if (!sheets.has(ownerDocument)) {
      const sheet = new view.CSSStyleSheet();
      sheet.replaceSync(style);
      sheets.set(ownerDocument, sheet);
    }
    shadowRoot.adoptedStyleSheets = [sheets.get(ownerDocument)];
  };
}
function define(name, element) {
  if ("adoptedStyleSheets" in Document.prototype && !customElements.get(name)) customElements.define(name, element);
}
function addressOf(element, home, path, names) {
  const query = queryOf(element.closest("[lang]")?.lang, names, (name) => element.getAttribute(name));
  return new URL(`${path}?${query}`, new URL(home, location)).href;
}
async function request(address, cache = "default") {
  const response = await fetch(address, { cache, credentials: "omit", signal: AbortSignal.timeout(20000) });
  if (response.ok) return response;
  const message = (await response.json().catch(() => null))?.error?.message;
  throw Object.assign(new Error(message ?? response.status), { status: message && response.status });
}
const FIELDS = new Map([["rate", "rate_per"], ["units", "units"], ["change", "change"]]);
function numberOf(row, show) {
  return row[FIELDS.get(show) ?? "rate_per"];
}
function noteOf(row) {
  return [row.sourced, row.label].filter(Boolean).join(" · ");
}
function markOf(row, unconfirmed) {
  return row.mark && unconfirmed === "show" ? ` (${row.mark})` : "";
}
function goesAbove(tip, numberTop, windowHeight) {
  return tip.bottom > windowHeight && numberTop > tip.height;
}
function shiftLeft(tip, pageWidth) {
  return Math.min(Math.max(0, tip.right + 8 - pageWidth), Math.max(0, tip.left - 8));
}
const HOME = scriptHome();
const ROW_ATTRIBUTES = ["pair", "on", "pin", "digits", "per", "sign", "unconfirmed"];
const applyStyle = styling(`
  ${sharedStyle("--back: #fff; --ink: #16202a; --line: #c4cbd3;", "--back: #26303a; --ink: #e8edf2; --line: #4a5662;")}
  :host { position: relative; display: inline-block; }
  .number { white-space: nowrap; font-variant-numeric: tabular-nums; text-decoration: underline dotted 1px; text-underline-offset: .2em; cursor: help; }
  .number:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
  .tip { position: absolute; z-index: 9; inset: 100% auto auto 0; width: max-content; max-width: min(280px, 90vw); padding: 6px 10px;
    border: 1px solid var(--line); border-radius: 6px; background: var(--rates-background, var(--back)); color: var(--rates-color, var(--ink));
    font: 13px/1.4 system-ui, sans-serif; text-align: start; box-shadow: 0 2px 8px #0003; display: none; }
  .tip.up { inset: auto auto 100% 0; }
  .tip strong { display: block; }
  .wrong { color: #c2410c; cursor: help; }
  :host(:is(:hover, :focus-within):not([quiet])) .tip { display: block; }
  @media print { .tip { display: none; } }
`);
const requests = new Map(); // Under way, so that a page asks once for each number.
function requested(address) {
  if (!requests.has(address)) {
    const answer = request(address).then((response) => response.json());
    requests.set(address, answer.finally(() => setTimeout(() => requests.delete(address), 1000)));
  }
  return requests.get(address);
}
class RatesValue extends HTMLElement {
  static observedAttributes = [...ROW_ATTRIBUTES, "show", "lang", "source"];
  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(make("slot", {}));
    this.hush = (event) => {
      if (event.key === "Escape" && this.matches(":hover, :focus-within")) this.toggleAttribute("quiet", true);
    };
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, () => this.open());
  }
  connectedCallback() {
    this.ready = true;
    applyStyle(this);
    document.addEventListener("keydown", this.hush);
    this.load();
  }
  disconnectedCallback() {
    document.removeEventListener("keydown", this.hush);
  }
  attributeChangedCallback() {
    if (this.ready) this.load(); // Not for each attribute that is there at first.
  }
  async load() {
    const home = this.getAttribute("source") || HOME;
    if (!home) return console.warn("rates-value: say in the attribute source where the rates come from");
    const address = addressOf(this, home, "embed/value.json", ROW_ATTRIBUTES);
    this.address = address;
    try {
      const { rows, language } = await requested(address);
      if (this.address === address) this.show(rows[0], language);
    } catch (failure) {
      console.warn(`rates-value: ${address}: ${failure.message}`);
      if (this.address === address) this.clear([404, 422].includes(failure.status) ? failure.message : "");
    }
  }
  show(row, language) {
    const number = numberOf(row, this.getAttribute("show"));
    const note = noteOf(row);
    if (number === null || !row.sourced) return this.clear();
    const text = number + markOf(row, this.getAttribute("unconfirmed"));
    this.tip = make("span", { class: "tip", part: "tip", "aria-hidden": "true", lang: language }, make("strong", {}, `${row.pair} = ${row.rate_per}`), note);
    const shown = make("span", { class: "number", part: "value", tabindex: "0", role: "note" }, text, make("span", { class: "unseen", lang: language }, ` (${note})`));
    this.shadowRoot.replaceChildren(shown, this.tip);
  }
  clear(problem) {
    this.tip = null;
    this.shadowRoot.replaceChildren(make("slot", {}));
    if (problem) this.shadowRoot.append(make("span", { class: "wrong", role: "img", "aria-label": problem, title: problem }, " ⚠"));
  }
  open() {
    this.removeAttribute("quiet");
    if (!this.tip) return;
    this.tip.style.translate = "";
    this.tip.classList.remove("up");
    const box = this.tip.getBoundingClientRect();
    this.tip.classList.toggle("up", goesAbove(box, this.getBoundingClientRect().top, innerHeight));
    this.tip.style.translate = `${-shiftLeft(box, document.documentElement.clientWidth)}px`;
  }
}
define("rates-value", RatesValue);
})();
