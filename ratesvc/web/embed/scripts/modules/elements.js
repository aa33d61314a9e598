// How the custom elements are made, styled and defined, and how they ask the service.
import { queryOf } from "./attributes.js";

// The service from which the running script came; null where it is not known.
export function scriptHome() {
  return document.currentScript && new URL("..", document.currentScript.src).href;
}

// An element with attributes and children; text never becomes markup.
export function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// The rules that all elements share: two sets of colours, chosen by the attribute `theme`, else by the reader's system.
export function sharedStyle(light, dark) {
  return `
    :host { ${light} }
    :host([hidden]) { display: none; }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} } }
    :host([theme="dark"]) { ${dark} }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  `;
}

// A function that styles an element. There is one sheet for each document, because a sheet works only in its own.
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

// A browser without such sheets goes on showing what stands inside the tag.
export function define(name, element) {
  if ("adoptedStyleSheets" in Document.prototype && !customElements.get(name)) customElements.define(name, element);
}

// Where an element finds its rows: a path of the service, with those of the named attributes that are set.
export function addressOf(element, home, path, names) {
  const query = queryOf(element.closest("[lang]")?.lang, names, (name) => element.getAttribute(name));
  return new URL(`${path}?${query}`, new URL(home, location)).href;
}

// The response of the service. Throws an error; where the service says what is wrong, that with the status.
export async function request(address, cache = "default") {
  const response = await fetch(address, { cache, credentials: "omit", signal: AbortSignal.timeout(20000) });
  if (response.ok) return response;
  const message = (await response.json().catch(() => null))?.error?.message;
  throw Object.assign(new Error(message ?? response.status), { status: message && response.status });
}
