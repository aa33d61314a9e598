// The rows of one URL, polled at the pace of publications and shared by all tickers that show them.
import { request } from "./elements.js";
import { freshSeconds, retrySeconds, spread } from "../../../static/modules/timing.js";

const LEAST_SECONDS = 60; // Between two requests, unless the attribute `refresh` says otherwise.

// Seconds between two requests by the attribute `refresh`: at least 5, 0 for a single request, NaN for the pace of
// publications.
export function refreshSeconds(text) {
  const seconds = text === null ? NaN : Number(text);
  return seconds && Math.max(seconds, 5);
}

export class Feed {
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
      // The browser's cache may have the rows of an earlier page, so the script needs no storage of its own.
      if (!this.ticker && !this.refusal) await this.fetch("force-cache").catch(() => {});
    }
    this.readers.forEach((reader) => this.inform(reader));
    if (this.refusal || (this.refresh === 0 && !this.failures) || !this.readers.size) return;
    seconds = spread(seconds, Math.random());
    this.due = Date.now() + seconds * 1000 - 1;
    this.timer = setTimeout(this.poll, seconds * 1000);
  }

  // Requests the rows once; returns for how many seconds they are fresh.
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
