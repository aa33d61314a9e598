/*! <rates-value>: one number with its source, from ratesvc (MIT licence). How to use it: /embed of the service. */
(() => {
  "use strict";
  if (!("adoptedStyleSheets" in Document.prototype) || customElements.get("rates-value")) return;

  const HOME = document.currentScript && new URL("..", document.currentScript.src).href;
  const SHOWN = { rate: (row) => row.rate_per, units: (row) => row.units, change: (row) => row.change };

  const DARK = "--back: #26303a; --ink: #e8edf2; --line: #4a5662;";
  const STYLE = `
    :host { --back: #fff; --ink: #16202a; --line: #c4cbd3; position: relative; display: inline-block; }
    :host([hidden]) { display: none; }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${DARK} } }
    :host([theme="dark"]) { ${DARK} }
    .number { white-space: nowrap; font-variant-numeric: tabular-nums; text-decoration: underline dotted 1px; text-underline-offset: .2em; cursor: help; }
    .number:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .tip { position: absolute; z-index: 9; inset: 100% auto auto 0; width: max-content; max-width: min(280px, 90vw); padding: 6px 10px;
      border: 1px solid var(--line); border-radius: 6px; background: var(--rates-background, var(--back)); color: var(--rates-color, var(--ink));
      font: 13px/1.4 system-ui, sans-serif; text-align: start; box-shadow: 0 2px 8px #0003; display: none; }
    .tip.up { inset: auto auto 100% 0; }
    .tip strong { display: block; }
    .wrong { color: #c2410c; cursor: help; }
    :host(:is(:hover, :focus-within):not([quiet])) .tip { display: block; }
    @media print { .tip { display: none; } }
  `;
  const sheets = new WeakMap(); // One for each document, because a sheet works in the document that made it alone.
  const sheetOf = (page) => {
    if (!sheets.has(page)) {
      const sheet = new page.defaultView.CSSStyleSheet();
      sheet.replaceSync(STYLE);
      sheets.set(page, sheet);
    }
    return sheets.get(page);
  };

  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const asked = new Map(); // What is asked for, so that a page asks once for each number.
  const ask = (address) => {
    if (!asked.has(address)) asked.set(address, fetch(address, { credentials: "omit", signal: AbortSignal.timeout(20000) }).then(async (answer) => {
      const told = await answer.json();
      if (!answer.ok) throw Object.assign(new Error(told.error.message), { wrong: answer.status === 422 || answer.status === 404 });
      return told;
    }).finally(() => setTimeout(() => asked.delete(address), 1000))); // Later the browser's cache knows how old it is.
    return asked.get(address);
  };

  class RatesValue extends HTMLElement {
    static observedAttributes = ["pair", "on", "pin", "show", "digits", "per", "sign", "unconfirmed", "lang", "source"];

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).append(make("slot", {}));
      // Escape closes the tip without moving the pointer or the focus (WCAG 1.4.13). It prevents nothing.
      this.hush = (event) => {
        if (event.key === "Escape" && this.matches(":hover, :focus-within")) this.toggleAttribute("quiet", true);
      };
      for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, () => this.open());
    }

    connectedCallback() {
      this.ready = true;
      if (this.ownerDocument.defaultView) this.shadowRoot.adoptedStyleSheets = [sheetOf(this.ownerDocument)];
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
      const language = (this.closest("[lang]")?.lang ?? "").slice(0, 2).toLowerCase();
      const query = new URLSearchParams({ lang: /^[a-z]{2}$/.test(language) ? language : "en" });
      for (const name of ["pair", "on", "pin", "digits", "per", "sign", "unconfirmed"]) if (this.hasAttribute(name)) query.set(name, this.getAttribute(name));
      const address = new URL(`embed/value.json?${query}`, new URL(home, location)).href;
      this.address = address;
      try {
        const told = await ask(address);
        if (this.address === address) this.show(told.rows[0], told.language);
      } catch (failure) {
        // What stands inside the tag is shown, never the number of what was asked before.
        console.warn(`rates-value: ${address}: ${failure.message}`);
        if (this.address === address) this.clear(failure.wrong ? failure.message : "");
      }
    }

    show(row, language) {
      const number = (SHOWN[this.getAttribute("show")] ?? SHOWN.rate)(row);
      const said = [row.sourced, row.label].filter(Boolean).join(" · ");
      if (number === null || !row.sourced) return this.clear();
      // A figure that is not confirmed says so where it stands; beside a confirmed one the tip does.
      const mark = row.mark && this.getAttribute("unconfirmed") === "show" ? ` (${row.mark})` : "";
      this.tip = make("span", { class: "tip", part: "tip", "aria-hidden": "true", lang: language }, make("strong", {}, `${row.pair} = ${row.rate_per}`), said);
      const whole = make("span", { class: "number", part: "value", tabindex: "0", role: "note" }, number + mark, make("span", { class: "unseen", lang: language }, ` (${said})`));
      this.shadowRoot.replaceChildren(whole, this.tip);
    }

    /** The text inside the tag; marked for the editor where the attributes ask for what there is not. */
    clear(wrong) {
      this.tip = null;
      this.shadowRoot.replaceChildren(make("slot", {}));
      if (wrong) this.shadowRoot.append(make("span", { class: "wrong", role: "img", "aria-label": wrong, title: wrong }, " ⚠"));
    }

    /** Keeps the tip inside the window: above the number where there is no room below. */
    open() {
      this.removeAttribute("quiet");
      if (!this.tip) return;
      this.tip.style.translate = "";
      this.tip.classList.remove("up");
      const { left, right, bottom, height } = this.tip.getBoundingClientRect();
      this.tip.classList.toggle("up", bottom > innerHeight && this.getBoundingClientRect().top > height);
      const beyond = Math.max(0, right + 8 - document.documentElement.clientWidth);
      this.tip.style.translate = `${-Math.min(beyond, Math.max(0, left - 8))}px`;
    }
  }

  customElements.define("rates-value", RatesValue);
})();
