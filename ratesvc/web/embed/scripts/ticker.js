/*! <rates-ticker>: exchange rates that scroll, from ratesvc (MIT licence). How to use it: /embed of the service. */
(() => {
  "use strict";
  // A browser without one of these goes on showing what stands inside the tag.
  if (!("adoptedStyleSheets" in Document.prototype) || customElements.get("rates-ticker")) return;

  const HOME = document.currentScript && new URL("..", document.currentScript.src).href;
  const LEAST_SECONDS = 60; // Between two polls, unless `refresh` says otherwise.
  const ARROWS = { up: "▲", down: "▼" };
  const less = matchMedia("(prefers-reduced-motion: reduce)");

  const DARK =
    "--back: #12181e; --ink: #e8edf2; --soft: #9aa7b4; --gain: #5fcf8c; --loss: #ff8a80; --warn: #ffc56e; color-scheme: dark;";
  const STYLE = `
    :host { --back: #fff; --ink: #16202a; --soft: #5a6673; --gain: #137a41; --loss: #b3261e; --warn: #8a4b00;
      display: block; min-width: 0; contain: content; color-scheme: light; min-height: var(--rates-height, 44px);
      text-transform: none; letter-spacing: normal; word-spacing: normal; text-indent: 0; text-align: start; }
    :host([hidden]) { display: none; }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${DARK} } }
    :host([theme="dark"]) { ${DARK} }
    section { display: flex; align-items: center; min-height: var(--rates-height, 44px);
      background: var(--rates-background, var(--back)); color: var(--rates-color, var(--ink));
      font-size: var(--rates-font-size, 15px); line-height: 24px; font-variant-numeric: tabular-nums; }
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
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .arrow { font-size: .7em; }
    button { flex: none; align-self: stretch; width: 44px; padding: 0; border: 0; background: none; color: var(--rates-muted, var(--soft));
      font: 11px/1 system-ui, sans-serif; cursor: pointer; }
    button:hover { color: inherit; }
    button:focus-visible, .strip:focus-visible { outline: 2px solid currentColor; outline-offset: -4px; }
    [hidden] { display: none; }
    .still .strip { overflow-x: auto; }
    .still .belt { width: auto; }
    .still ul { flex: 1; flex-wrap: var(--rates-wrap, wrap); }
    .still li { white-space: var(--rates-wrap, normal); }
    section:not(.still) .strip { mask-image: linear-gradient(90deg, #0000, #000 20px calc(100% - 20px), #0000); }
    @media print { ul + ul, button { display: none; } .belt { width: auto; transform: none !important; } ul { flex: 1; flex-wrap: wrap; } }
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

  /** An element with attributes and children; text never becomes markup. */
  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  /** The rows of one address, asked for again at the pace of publications, for all elements that show them. */
  class Feed {
    static all = new Map();

    static of(address, refresh) {
      const key = `${address} ${refresh}`;
      if (!Feed.all.has(key)) Feed.all.set(key, new Feed(key, address, refresh));
      return Feed.all.get(key);
    }

    constructor(key, address, refresh) {
      Object.assign(this, { key, address, refresh, readers: new Set(), told: null, failed: 0, wrong: "" });
      this.look = () => document.hidden || this.due > Date.now() || this.ask();
      document.addEventListener("visibilitychange", this.look);
      this.ask();
    }

    join(reader) {
      this.readers.add(reader);
      this.tell(reader);
    }

    tell(reader) {
      if (this.told) reader.show(this.told, this.failed > 0);
      else if (this.wrong) reader.refuse(this.wrong);
    }

    leave(reader) {
      this.readers.delete(reader);
      if (this.readers.size) return;
      Feed.all.delete(this.key);
      clearTimeout(this.timer);
      document.removeEventListener("visibilitychange", this.look);
    }

    async ask() {
      this.due = Infinity; // Until this one is answered.
      let seconds;
      try {
        seconds = await this.fetch(this.refresh ? "no-cache" : "default");
        this.failed = 0;
      } catch (failure) {
        this.failed += 1;
        seconds = Math.min(5 * 2 ** this.failed, 300);
        console.warn(`rates-ticker: ${this.address}: ${failure.message}`);
        // The browser may have kept the rows of an earlier page, which need no storage of ours.
        if (!this.told && !this.wrong) await this.fetch("force-cache").catch(() => {});
      }
      this.readers.forEach((reader) => this.tell(reader));
      if (this.wrong || (this.refresh === 0 && !this.failed) || !this.readers.size) return;
      seconds *= 1 + Math.random() / 10; // So that not all readers of a site ask at once.
      this.due = Date.now() + seconds * 1000 - 1;
      this.timer = setTimeout(this.look, seconds * 1000);
    }

    /** Asks once; returns for how many seconds the answer is good. */
    async fetch(cache) {
      const answer = await fetch(this.address, { cache, credentials: "omit", signal: AbortSignal.timeout(20000) });
      if (!answer.ok) {
        const message = (await answer.json().catch(() => null))?.error?.message ?? answer.status;
        if (answer.status === 422) this.wrong = message; // The attributes are wrong, and will be when asked again.
        throw new Error(message);
      }
      this.told = await answer.json();
      const [, age] = /max-age=(\d+)/.exec(answer.headers.get("Cache-Control")) ?? [];
      // An answer that a cache kept is older than its age says; a clock that is wrong by more than that is not asked.
      const left = (Date.parse(answer.headers.get("Expires")) - Date.now()) / 1000;
      return this.refresh || Math.max(left > 0 && left < age ? left : Number(age ?? 0), LEAST_SECONDS);
    }
  }

  class RatesTicker extends HTMLElement {
    static observedAttributes = ["pairs", "digits", "per", "sign", "unconfirmed", "lang", "source", "refresh", "speed", "direction"];

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
      this.restyle = () => this.lay();
      this.relay = () => this.strip.clientWidth === this.laid || this.lay();
      this.inside = new MutationObserver(() => this.reload());
    }

    connectedCallback() {
      if (this.ownerDocument.defaultView) this.shadowRoot.adoptedStyleSheets = [sheetOf(this.ownerDocument)];
      this.sizes = new ResizeObserver(this.relay);
      this.sizes.observe(this.strip);
      this.sight = new IntersectionObserver((entries) => this.see(entries.at(-1).isIntersecting));
      this.sight.observe(this);
      less.addEventListener("change", this.restyle);
      this.inside.observe(this, { childList: true });
      this.lay(); // It may have come from another document, with rows.
      this.reload();
    }

    disconnectedCallback() {
      this.inside.disconnect();
      this.sizes.disconnect();
      this.sight.disconnect();
      less.removeEventListener("change", this.restyle);
      this.feed?.leave(this);
      this.feed = null;
      this.held = false;
    }

    attributeChangedCallback(name) {
      if (!this.isConnected || !this.sizes) return;
      if (name === "speed" || name === "direction") return this.lay();
      this.reload();
    }

    /** Loads once for all that changes together, and not before the parser has read what stands inside the tag. */
    reload() {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.isConnected && this.load());
    }

    /** Where the rates come from: what the editor says, else the service of the link inside, else that of the script,
     *  which an optimiser may have copied to another host. */
    home() {
      const link = [...this.querySelectorAll("a")].find((link) => link.pathname.endsWith("/ticker.html"));
      return this.getAttribute("source") || (link ? new URL(".", link.href).href : HOME);
    }

    /** Joins the feed that the attributes ask for. */
    load() {
      const home = this.home();
      if (!home) return console.warn("rates-ticker: say in the attribute source where the rates come from");
      const language = (this.closest("[lang]")?.lang ?? "").slice(0, 2).toLowerCase();
      const asked = new URLSearchParams({ lang: /^[a-z]{2}$/.test(language) ? language : "en" });
      for (const name of ["pairs", "digits", "per", "sign", "unconfirmed"]) if (this.hasAttribute(name)) asked.set(name, this.getAttribute(name));
      const refresh = this.hasAttribute("refresh") ? Number(this.getAttribute("refresh")) : NaN;
      const feed = Feed.of(new URL(`ticker.json?${asked}`, new URL(home, location)).href, refresh && Math.max(refresh, 5));
      if (feed === this.feed) return;
      const left = this.feed;
      (this.feed = feed).join(this);
      left?.leave(this);
    }

    /** Shows the rows; `silent` means that the service does not answer, so they may be old. */
    show(told, silent) {
      this.status.hidden = !silent;
      this.status.textContent = told.words.updated;
      if (told === this.told) return;
      const again = this.told && JSON.stringify(told.rows) === JSON.stringify(this.told.rows);
      this.told = told;
      if (again) return;
      this.frame.lang = told.language;
      this.strip.setAttribute("aria-label", told.words.title);
      this.list = make("ul", { role: "list" }, ...told.rows.map(row));
      if (told.words.credit) this.list.append(make("li", { part: "credit" }, make("small", {}, told.words.credit)));
      this.pause(this.paused);
      this.lay();
    }

    /** Says in the place of the rows what is wrong with the attributes: to the editor, who sees it first. */
    refuse(message) {
      this.told = this.list = this.motion = null;
      this.status.hidden = this.button.hidden = true;
      this.strip.replaceChildren(make("p", { class: "wrong" }, `rates-ticker: ${message}`));
    }

    /** Repeats the list as often as the width needs, and sets it going. */
    lay() {
      if (!this.list) return;
      const speed = this.hasAttribute("speed") ? Number(this.getAttribute("speed")) : 50;
      const still = less.matches || !(speed > 0);
      const gone = this.motion?.effect.getComputedTiming().progress ?? 0;
      const belt = make("div", { class: "belt" }, this.list);
      this.frame.classList.toggle("still", still);
      this.strip.replaceChildren(belt);
      this.strip.role = "group";
      this.strip.toggleAttribute("tabindex", false);
      if (still && this.strip.scrollWidth > this.strip.clientWidth) this.strip.tabIndex = 0;
      this.button.hidden = still;
      this.motion = null;
      this.laid = this.strip.clientWidth;
      const width = this.list.offsetWidth;
      if (still || !width) return;
      const copies = Math.ceil(this.laid / width);
      for (let copy = 0; copy < copies; copy++) {
        const clone = this.list.cloneNode(true);
        clone.ariaHidden = "true";
        clone.inert = true;
        belt.append(clone);
      }
      const duration = (width / Math.min(speed, 500)) * 1000;
      this.motion = belt.animate(
        { transform: ["none", `translateX(${-100 / (copies + 1)}%)`] },
        { duration, iterations: Infinity, direction: this.backwards() ? "reverse" : "normal" },
      );
      this.motion.currentTime = (this.backwards() ? 1 - gone : gone) * duration;
      this.run();
    }

    backwards() {
      const way = this.getAttribute("direction");
      return way === "right" || (way !== "left" && getComputedStyle(this).direction === "rtl");
    }

    pause(paused) {
      this.paused = paused;
      this.button.textContent = paused ? "▶" : "❚❚";
      this.button.ariaLabel = this.button.title = this.told.words[paused ? "play" : "pause"];
      this.run();
    }

    hold(held) {
      this.held = held;
      this.run();
    }

    see(seen) {
      this.unseen = !seen;
      this.run();
    }

    run() {
      if (this.paused || this.held || this.unseen) this.motion?.pause();
      else this.motion?.play();
    }
  }

  /** One row: KGS/USD = 0.01144 ▼ -0.11%, and what must be known of it. */
  const row = (row) => {
    const arrow = ARROWS[row.direction];
    const change = make("span", { part: "change", class: row.direction, "aria-hidden": "true" });
    if (arrow) change.append(make("span", { class: "arrow" }, arrow), " ");
    change.append(row.change);
    const states = ["stale", "unconfirmed"].filter((state) => row[state]).join(" ");
    const item = make("li", { part: `row ${states}`.trim(), class: states, title: row.sourced ?? "" });
    item.append(make("span", { part: "pair" }, row.pair), " = ", make("span", { part: "rate" }, row.rate_per), " ", change);
    item.append(make("span", { class: "unseen" }, row.spoken));
    // What is read aloud names the mark itself, because a minus sign would be lost.
    if (row.label) item.append(make("small", row.mark ? { part: "label", "aria-hidden": "true" } : { part: "label" }, row.label));
    return item;
  };

  customElements.define("rates-ticker", RatesTicker);
})();
