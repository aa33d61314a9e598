/*! <rates-ticker>: exchange rates that scroll, from ratesvc (MIT licence). How to use it: /embed of the service. */
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
function freshSeconds(headers, now, least) {
  const [, age] = /max-age=(\d+)/.exec(headers.get("Cache-Control")) ?? [];
  const left = (Date.parse(headers.get("Expires")) - now) / 1000;
  return Math.max(left > 0 && left < age ? left : Number(age ?? 60), least);
}
function retrySeconds(failures) {
  return Math.min(5 * 2 ** failures, 300);
}
function spread(seconds, random) {
  return seconds * (1 + random / 10);
}
const LEAST_SECONDS = 60; // Between two requests, unless the attribute `refresh` says otherwise.
function refreshSeconds(text) {
  const seconds = text === null ? NaN : Number(text);
  return seconds && Math.max(seconds, 5);
}
class Feed {
  static all = new Map();
  static of(address, refresh) {
    const key = `${address} ${refresh}`;
    if (!Feed.all.has(key)) Feed.all.set(key, new Feed(key, address, refresh));
    return Feed.all.get(key);
  }
  constructor(key, address, refresh) {
    Object.assign(this, { key, address, refresh, readers: new Set(), ticker: null, failures: 0, refusal: "" });
    this.poll = () => document.hidden || this.due > Date.now() || this.update();
    document.addEventListener("visibilitychange", this.poll);
    this.update();
  }
  join(reader) {
    this.readers.add(reader);
    this.inform(reader);
  }
  leave(reader) {
    this.readers.delete(reader);
    if (this.readers.size) return;
    Feed.all.delete(this.key);
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.poll);
  }
  inform(reader) {
    if (this.ticker) reader.show(this.ticker, this.failures > 0);
    else if (this.refusal) reader.refuse(this.refusal);
  }
  async update() {
    this.due = Infinity; // Until this request is answered.
    let seconds;
    try {
      seconds = await this.fetch(this.refresh ? "no-cache" : "default");
      this.failures = 0;
    } catch (failure) {
      this.failures += 1;
      seconds = retrySeconds(this.failures);
      console.warn(`rates-ticker: ${this.address}: ${failure.message}`);
      if (!this.ticker && !this.refusal) await this.fetch("force-cache").catch(() => {});
    }
    this.readers.forEach((reader) => this.inform(reader));
    if (this.refusal || (this.refresh === 0 && !this.failures) || !this.readers.size) return;
    seconds = spread(seconds, Math.random());
    this.due = Date.now() + seconds * 1000 - 1;
    this.timer = setTimeout(this.poll, seconds * 1000);
  }
  async fetch(cache) {
    try {
      const response = await request(this.address, cache);
      this.ticker = await response.json();
      return this.refresh || freshSeconds(response.headers, Date.now(), LEAST_SECONDS);
    } catch (failure) {
      if (failure.status === 422) this.refusal = failure.message; // Wrong attributes stay wrong.
      throw failure;
    }
  }
}
function speedOf(text) {
  const speed = text === null ? 50 : Number(text);
  return speed > 0 ? Math.min(speed, 500) : 0;
}
function movesRight(direction, writing) {
  return direction === "right" || (direction !== "left" && writing === "rtl");
}
function loopOf(stripWidth, listWidth, speed, reversed, progress) {
  const copies = Math.ceil(stripWidth / listWidth);
  const duration = (listWidth / speed) * 1000;
  return { copies, duration, shift: -100 / (copies + 1), start: (reversed ? 1 - progress : progress) * duration };
}
function sizesOf(text) {
  const size = text === null || text === "" ? NaN : Number(text);
  return size >= 12 && size <= 32 ? { "--size": `${size}px`, "--height": `${Math.max(44, Math.round(1.6 * size) + 20)}px` } : null;
}
function arrowOf(direction) {
  return { up: "▲", down: "▼" }[direction];
}
function statesOf(row) {
  return ["stale", "unconfirmed"].filter((state) => row[state]).join(" ");
}
function linkOf(row, link, home) {
  if (!link || link === "none") return null;
  const [base, quote] = row.pair.split("/");
  const code = row.inverted === false ? quote : base;
  const address = link === "currency" ? new URL(`pair/${base}/${quote}`, home).href : link.replaceAll("{pair}", row.pair).replaceAll("{code}", code);
  return /^(https?:|[/?#])/.test(address) ? address : null;
}
function rowItem(row, link) {
  const arrow = arrowOf(row.direction);
  const change = make("span", { part: "change", class: row.direction, "aria-hidden": "true" });
  if (arrow) change.append(make("span", { class: "arrow" }, arrow), " ");
  change.append(row.change);
  const states = statesOf(row);
  const title = [row.pair_label && row.pair, row.sourced].filter(Boolean).join(" · ");
  const item = make("li", { part: `row ${states}`.trim(), class: states, title });
  const shown = [make("span", { part: "pair" }, row.pair_label ?? row.pair), " = ", make("span", { part: "rate" }, row.rate_per), " ", change];
  item.append(...(link ? [make("a", { part: "link", href: link, target: "_top" }, ...shown)] : shown));
  item.append(make("span", { class: "unseen" }, row.spoken));
  if (row.label) item.append(make("small", row.mark ? { part: "label", "aria-hidden": "true" } : { part: "label" }, row.label));
  return item;
}
function sourcesButton(title, credit) {
  const button = make("summary", { part: "info", "aria-label": title }, make("i", { "aria-hidden": "true" }, "i"));
  const details = make("details", {}, button, make("p", { part: "credit", tabindex: "0" }, make("span", {}, credit)));
  details.onkeydown = (event) => {
    if (event.key === "Escape") details.open = false;
  };
  return details;
}
const HOME = scriptHome();
const LAYOUTS = ["tape", "list", "grid"];
const ROW_ATTRIBUTES = ["pairs", "direction", "digits", "per", "sign", "unconfirmed", "change", "labels"];
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");
const LIGHT =
  "--back: #fff; --ink: #16202a; --soft: #5a6673; --gain: #137a41; --loss: #b3261e; --warn: #8a4b00; color-scheme: light;";
const DARK =
  "--back: #12181e; --ink: #e8edf2; --soft: #9aa7b4; --gain: #5fcf8c; --loss: #ff8a80; --warn: #ffc56e; color-scheme: dark;";
const applyStyle = styling(`
  ${sharedStyle(LIGHT, DARK)}
  :host { display: block; min-width: 0; contain: content; min-height: var(--rates-height, 44px);
    text-transform: none; letter-spacing: normal; word-spacing: normal; text-indent: 0; text-align: start; }
  section { position: relative; display: flex; align-items: center; min-height: var(--rates-height, var(--height, 44px));
    background: var(--rates-background, var(--back)); color: var(--rates-color, var(--ink));
    font-size: var(--rates-font-size, var(--size, 15px)); line-height: 1.6; font-variant-numeric: tabular-nums; }
  .strip { flex: 1; min-width: 0; overflow: hidden; direction: ltr;
    contain: inline-size; contain-intrinsic-inline-size: 200px; } /* The rows never widen what is around them. */
  .belt { display: flex; width: max-content; }
  ul { display: flex; flex: none; margin: 0; padding: 0; list-style: none; }
  li { position: relative; padding-inline: var(--rates-gap, 22px); white-space: nowrap; }
  .stale, small { color: var(--rates-muted, var(--soft)); }
  small { margin-inline-start: 6px; font-size: .8em; }
  .unconfirmed small { display: inline-block; } /* It breaks only as a whole. */
  .stale small, .unconfirmed small, .status, .wrong { color: var(--rates-warning, var(--warn)); }
  .status { flex: none; max-width: 30%; padding-inline: 12px; line-height: 1.25; }
  .wrong { margin: 0; padding-inline: 12px; white-space: normal; }
  .up { color: var(--rates-up, var(--gain)); } .down { color: var(--rates-down, var(--loss)); }
  .stale :is(.up, .down) { color: inherit; }
  .arrow { font-size: .7em; } [part=pair] { font-weight: 600; } [part=change] { white-space: nowrap; }
  button, details { flex: none; align-self: stretch; width: 44px; padding: 0; border: 0; background: none; color: var(--rates-muted, var(--soft));
    font: 11px/1 system-ui, sans-serif; cursor: pointer; }
  button:hover, summary:hover { color: inherit; }
  summary { display: grid; place-items: center; height: 100%; }
  i { width: 14px; border: 1.5px solid; border-radius: 50%; font: 600 11px/14px system-ui, sans-serif; text-align: center; }
  details p { position: absolute; inset: 0 88px 0 0; display: flex; margin: 0; padding: 0 12px; overflow: auto; background: var(--rates-background, var(--back)); line-height: 1.25; }
  .still details p { right: 44px; } p span { margin: auto 0; }
  :is(button, summary, p, .strip):focus-visible { outline: 2px solid currentColor; outline-offset: -4px; }
  [hidden] { display: none; }
  .still .strip { overflow-x: auto; }
  .still .belt { width: auto; }
  a { color: inherit; text-decoration: none; } a:is(:hover, :focus-visible) { text-decoration: underline; }
  [data-layout=list] ul { flex-direction: column; } [data-layout=grid] ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); } [data-layout=grid] [part=credit] { grid-column: 1 / -1; }
  [data-layout]:not([data-layout=tape]) li { padding-block: 6px; white-space: normal; } [data-layout]:not([data-layout=tape]) [part=credit] small { margin: 0; } [data-layout]:not([data-layout=tape]) .strip { padding-block: 6px; }
  .still ul { flex: 1; flex-wrap: var(--rates-wrap, nowrap); } /* The height stays what it was. */
  .still li { white-space: var(--rates-wrap, nowrap); }
  section:not(.still) .strip { mask-image: linear-gradient(90deg, #0000, #000 20px calc(100% - 20px), #0000); }
  @media print { ul + ul, button { display: none; } .belt { width: auto; transform: none !important; } ul { flex: 1; flex-wrap: wrap; } }
`);
class RatesTicker extends HTMLElement {
  static observedAttributes = [...ROW_ATTRIBUTES, "lang", "source", "refresh", "speed", "layout", "link", "sources", "fontsize"];
  constructor() {
    super();
    this.strip = make("div", { class: "strip" }, make("slot", {}));
    this.button = make("button", { type: "button", part: "pause", hidden: "" });
    this.status = make("small", { class: "status", part: "status", hidden: "" });
    this.frame = make("section", { part: "ticker" }, this.strip, this.status, this.button);
    this.attachShadow({ mode: "open" }).append(this.frame);
    this.button.onclick = () => this.pause(!this.paused);
    this.strip.onpointerenter = (event) => this.hold(event.pointerType === "mouse");
    this.strip.onpointerleave = () => this.hold(false);
    this.layOut = () => this.lay();
    this.resize = () => this.strip.clientWidth === this.laidWidth || this.lay();
    this.contents = new MutationObserver(() => this.reload());
  }
  connectedCallback() {
    applyStyle(this);
    this.sizes = new ResizeObserver(this.resize);
    this.sizes.observe(this.strip);
    this.sight = new IntersectionObserver((entries) => this.see(entries.at(-1).isIntersecting));
    this.sight.observe(this);
    lessMotion.addEventListener("change", this.layOut);
    this.contents.observe(this, { childList: true });
    this.lay(); // It may have come from another document, with rows.
    this.reload();
  }
  disconnectedCallback() {
    this.contents.disconnect();
    this.sizes.disconnect();
    this.sight.disconnect();
    lessMotion.removeEventListener("change", this.layOut);
    this.feed?.leave(this);
    this.feed = null;
    this.held = false;
  }
  attributeChangedCallback(name) {
    if (!this.isConnected || !this.sizes) return;
    if (["speed", "direction", "layout"].includes(name)) this.lay();
    if (["link", "sources", "fontsize"].includes(name)) this.draw();
    if (!["speed", "layout", "link", "sources", "fontsize"].includes(name)) this.reload();
  }
  reload() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.isConnected && this.load());
  }
  home() {
    const link = [...this.querySelectorAll("a")].find(({ pathname }) => pathname.endsWith("/ticker.html"));
    return this.getAttribute("source") || (link ? new URL(".", link.href).href : HOME);
  }
  load() {
    const home = this.home();
    if (!home) return console.warn("rates-ticker: say in the attribute source where the rates come from");
    const address = addressOf(this, home, "ticker.json", ROW_ATTRIBUTES);
    const feed = Feed.of(address, refreshSeconds(this.getAttribute("refresh")));
    if (feed === this.feed) return;
    const previous = this.feed;
    (this.feed = feed).join(this);
    previous?.leave(this);
  }
  show(ticker, silent) {
    this.status.hidden = !silent;
    this.status.textContent = ticker.words.updated;
    if (ticker === this.ticker) return;
    const unchanged = this.ticker && JSON.stringify(ticker.rows) === JSON.stringify(this.ticker.rows);
    this.ticker = ticker;
    if (unchanged) return;
    this.draw();
    this.dispatchEvent(new CustomEvent("rates-ticker:update", { bubbles: true, composed: true, detail: ticker }));
  }
  draw() {
    const { ticker } = this;
    if (!ticker) return;
    this.frame.lang = ticker.language;
    this.strip.setAttribute("aria-label", ticker.words.title);
    const link = this.getAttribute("link");
    this.list = make("ul", { role: "list" }, ...ticker.rows.map((row) => rowItem(row, linkOf(row, link, this.home()))));
    const { credit, sources } = ticker.words;
    const behindButton = credit && this.getAttribute("sources") === "info";
    const open = this.sources?.open ?? false;
    this.sources?.remove();
    this.sources = behindButton ? Object.assign(sourcesButton(sources, credit), { open }) : null;
    if (behindButton) this.button.before(this.sources);
    else if (credit) this.list.append(make("li", { part: "credit" }, make("small", {}, credit)));
    const sizes = sizesOf(this.getAttribute("fontsize"));
    for (const name of ["--size", "--height"]) this.frame.style.setProperty(name, sizes?.[name] ?? "");
    this.pause(this.paused);
    this.lay();
  }
  refuse(message) {
    this.ticker = this.list = this.motion = null;
    this.sources?.remove();
    this.status.hidden = this.button.hidden = true;
    this.strip.replaceChildren(make("p", { class: "wrong" }, `rates-ticker: ${message}`));
  }
  lay() {
    if (!this.list) return;
    const speed = speedOf(this.getAttribute("speed"));
    const layout = LAYOUTS.find((each) => each === this.getAttribute("layout")) ?? "tape";
    const still = lessMotion.matches || !speed || layout !== "tape";
    this.frame.dataset.layout = layout;
    const progress = this.motion?.effect.getComputedTiming().progress ?? 0;
    const belt = make("div", { class: "belt" }, this.list);
    this.frame.classList.toggle("still", still);
    this.strip.replaceChildren(belt);
    this.strip.role = "group";
    this.strip.toggleAttribute("tabindex", false);
    if (still && this.strip.scrollWidth > this.strip.clientWidth) this.strip.tabIndex = 0;
    this.button.hidden = still;
    this.motion = null;
    this.laidWidth = this.strip.clientWidth;
    const width = this.list.offsetWidth;
    if (still || !width) return;
    const reversed = movesRight(this.getAttribute("direction"), getComputedStyle(this).direction);
    const { copies, duration, shift, start } = loopOf(this.laidWidth, width, speed, reversed, progress);
    for (let copy = 0; copy < copies; copy++) {
      const clone = this.list.cloneNode(true);
      clone.ariaHidden = "true";
      clone.inert = true;
      belt.append(clone);
    }
    this.motion = belt.animate(
      { transform: ["none", `translateX(${shift}%)`] },
      { duration, iterations: Infinity, direction: reversed ? "reverse" : "normal" },
    );
    this.motion.currentTime = start;
    this.run();
  }
  pause(paused) {
    this.paused = paused;
    this.button.textContent = paused ? "▶" : "❚❚";
    this.button.ariaLabel = this.button.title = this.ticker.words[paused ? "play" : "pause"];
    this.run();
  }
  hold(held) {
    this.held = held;
    this.run();
  }
  see(visible) {
    this.hiddenFromView = !visible;
    this.run();
  }
  run() {
    if (this.paused || this.held || this.hiddenFromView) this.motion?.pause();
    else this.motion?.play();
  }
}
define("rates-ticker", RatesTicker);
})();
