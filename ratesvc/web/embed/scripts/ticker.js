/*! <rates-ticker>: exchange rates that scroll, from ratesvc (MIT licence). How to use it: /embed of the service. */
import { addressOf, define, make, scriptHome, sharedStyle, styling } from "./modules/elements.js";
import { Feed, refreshSeconds } from "./modules/feed.js";
import { loopOf, movesRight, sizesOf, speedOf } from "./modules/motion.js";
import { linkOf, rowItem, sourcesButton } from "./modules/rows.js";

const HOME = scriptHome();
const STILL_LAYOUTS = ["list", "grid"];
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
  [data-layout] li { padding-block: 6px; white-space: normal; } [data-layout] [part=credit] small { margin: 0; } [data-layout] .strip { padding-block: 6px; }
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

  // Loads once for simultaneous changes, and not before the parser has read the content of the tag.
  reload() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.isConnected && this.load());
  }

  // The service of the rates: the attribute `source`, else the link inside, else the script's origin, which is wrong if
  // an optimiser has copied the script to another host.
  home() {
    const link = [...this.querySelectorAll("a")].find(({ pathname }) => pathname.endsWith("/ticker.html"));
    return this.getAttribute("source") || (link ? new URL(".", link.href).href : HOME);
  }

  // Joins the feed of the rows that the attributes select.
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

  // Shows the rows; `silent`: the service does not respond, so they may be old.
  show(ticker, silent) {
    this.status.hidden = !silent;
    this.status.textContent = ticker.words.updated;
    if (ticker === this.ticker) return;
    const unchanged = this.ticker && JSON.stringify(ticker.rows) === JSON.stringify(this.ticker.rows);
    this.ticker = ticker;
    if (unchanged) return;
    this.draw();
    // For a site that shows the rates somewhere else too: event.detail has the version and the rows of ticker.json.
    this.dispatchEvent(new CustomEvent("rates-ticker:update", { bubbles: true, composed: true, detail: ticker }));
  }

  // Makes the list of the rows.
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

  // Shows the error in the attributes in place of the rows, for the editor, who sees it first.
  refuse(message) {
    this.ticker = this.list = this.motion = null;
    this.sources?.remove();
    this.status.hidden = this.button.hidden = true;
    this.strip.replaceChildren(make("p", { class: "wrong" }, `rates-ticker: ${message}`));
  }

  // Repeats the list to fill the width, and starts the animation.
  lay() {
    if (!this.list) return;
    const speed = speedOf(this.getAttribute("speed"));
    const layout = STILL_LAYOUTS.find((each) => each === this.getAttribute("layout"));
    const still = lessMotion.matches || !speed || layout !== undefined;
    if (layout) this.frame.dataset.layout = layout;
    else delete this.frame.dataset.layout;
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
