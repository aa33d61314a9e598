/*! <rates-value>: one number with its source, from ratesvc (MIT licence). How to use it: /embed of the service. */
import { addressOf, define, make, request, scriptHome, sharedStyle, styling } from "./modules/elements.js";
import { goesAbove, markOf, noteOf, numberOf, shiftLeft } from "./modules/number.js";

const HOME = scriptHome();
const ROW_ATTRIBUTES = ["pair", "on", "pin", "digits", "per", "sign", "unconfirmed", "change"];

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
    // After a second, ask the browser's cache again: it knows how old a response is.
    requests.set(address, answer.finally(() => setTimeout(() => requests.delete(address), 1000)));
  }
  return requests.get(address);
}

class RatesValue extends HTMLElement {
  static observedAttributes = [...ROW_ATTRIBUTES, "show", "lang", "source"];

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(make("slot", {}));
    // Escape closes the tip without moving the pointer or the focus (WCAG 1.4.13). It does not cancel the event.
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
      // Show the text inside the tag, never the number of an earlier URL.
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

  // Shows the text inside the tag, marked for the editor if the attributes are invalid.
  clear(problem) {
    this.tip = null;
    this.shadowRoot.replaceChildren(make("slot", {}));
    if (problem) this.shadowRoot.append(make("span", { class: "wrong", role: "img", "aria-label": problem, title: problem }, " ⚠"));
  }

  // Opens the tip within the window.
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
