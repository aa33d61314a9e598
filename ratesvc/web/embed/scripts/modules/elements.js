// Creates, styles and defines the custom elements, and sends their requests.
import { queryOf } from "./attributes.js";

// The service that the running script came from; null if unknown.
export function scriptHome() {
  return document.currentScript && new URL("..", document.currentScript.src).href;
}

// Creates an element with attributes and children; text is never parsed as markup.
export function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Style shared by all elements: light or dark colours, by the attribute `theme`, else by the reader's system.
export function sharedStyle(light, dark) {
  return `
    :host { ${light} }
    :host([hidden]) { display: none; }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} } }
    :host([theme="dark"]) { ${dark} }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  `;
}

// Returns a function that styles an element. Each document needs its own sheet.
export function styling(style) {
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

// Browsers without constructable style sheets show the content of the tag.
export function define(name, element) {
  if ("adoptedStyleSheets" in Document.prototype && !customElements.get(name)) customElements.define(name, element);
}

// The URL of an element's rows: a path of the service with the named attributes that are set.
export function addressOf(element, home, path, names) {
  const query = queryOf(element.closest("[lang]")?.lang, names, (name) => element.getAttribute(name));
  return new URL(`${path}?${query}`, new URL(home, location)).href;
}

// Fetches a response of the service. Throws an error; if the service sent a message, the error has it and the status.
export async function request(address, cache = "default") {
  const response = await fetch(address, { cache, credentials: "omit", signal: AbortSignal.timeout(20000) });
  if (response.ok) return response;
  const message = (await response.json().catch(() => null))?.error?.message;
  throw Object.assign(new Error(message ?? response.status), { status: message && response.status });
}
