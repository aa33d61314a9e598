// How the ticker scrolls, what it says of a row, and how its feed asks.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Feed } from "../../ratesvc/web/embed/scripts/modules/feed.js";
import { loopOf, movesRight } from "../../ratesvc/web/embed/scripts/modules/motion.js";
import { arrowOf, statesOf } from "../../ratesvc/web/embed/scripts/modules/rows.js";

test("a loop has copies enough to fill the strip at every moment", () => {
  assert.deepEqual(loopOf(1000, 400, 50, false, 0), { copies: 3, duration: 8000, shift: -25, start: 0 });
  for (const strip of [1, 399, 400, 401, 2560]) {
    const { copies, shift } = loopOf(strip, 400, 50, false, 0);
    const whole = 400 * (copies + 1);
    assert.ok(whole + (whole * shift) / 100 >= strip, `${strip}: no gap at the end of the loop`);
    assert.equal((whole * shift) / 100, -400, "the loop ends where it began");
  }
});

test("a loop goes on from where the one before it was", () => {
  assert.equal(loopOf(1000, 400, 100, false, 0.25).start, 1000);
  assert.equal(loopOf(1000, 400, 100, true, 0.25).start, 3000);
});

test("rows move against the direction of the writing unless the attribute says otherwise", () => {
  assert.deepEqual([movesRight(null, "ltr"), movesRight(null, "rtl")], [false, true]);
  assert.deepEqual([movesRight("right", "ltr"), movesRight("left", "rtl"), movesRight("up", "rtl")], [true, false, true]);
});

test("a row has the arrow of its direction and the states that are unusual", () => {
  assert.deepEqual(["up", "down", "flat", "unknown"].map(arrowOf), ["▲", "▼", undefined, undefined]);
  assert.equal(statesOf({ stale: true, unconfirmed: true }), "stale unconfirmed");
  assert.equal(statesOf({ stale: false, unconfirmed: false, pegged: true }), "");
});

// The feed, with a service that answers what the test says ------------------------------------------

const ROWS = { rows: [] };
let page, responses, requests, reader;

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(Math, "random", () => 0);
  mock.method(console, "warn", () => {});
  globalThis.document = page = Object.assign(new EventTarget(), { hidden: false });
  requests = [];
  mock.method(globalThis, "fetch", async (address, { cache }) => {
    requests.push(cache);
    const { status = 200, body = ROWS, age = 600 } = responses.shift() ?? {};
    if (status === 0) throw new TypeError("offline");
    return Response.json(body, { status, headers: { "Cache-Control": `max-age=${age}` } });
  });
  reader = { seen: [], show: (rows, silent) => reader.seen.push(silent), refuse: (message) => reader.seen.push(message) };
});

async function after(seconds) {
  mock.timers.tick(seconds * 1000);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

async function start(refresh, ...answers) {
  responses = answers;
  const feed = Feed.of("https://rates.example.org/ticker.json", refresh);
  feed.join(reader);
  await after(0);
  return feed;
}

test("a feed asks again when its rows are no longer good, and not after its last reader left", async () => {
  const feed = await start(NaN, { age: 600 });
  assert.deepEqual(requests, ["default"]);
  await after(599);
  assert.equal(requests.length, 1);
  await after(1);
  assert.equal(requests.length, 2);
  feed.leave(reader);
  await after(3600);
  page.dispatchEvent(new Event("visibilitychange"));
  await after(0);
  assert.equal(requests.length, 2);
});

test("a feed whose last reader leaves during a request does not ask again", async () => {
  responses = [];
  const feed = Feed.of("https://rates.example.org/ticker.json", NaN);
  feed.join(reader);
  feed.leave(reader);
  await after(0);
  await after(3600);
  assert.deepEqual([requests.length, reader.seen], [1, []]);
});

test("a feed that nobody sees waits, and asks when the page is visible again", async () => {
  const feed = await start(NaN);
  page.dispatchEvent(new Event("visibilitychange")); // The rows are still good.
  page.hidden = true;
  await after(3600);
  assert.equal(requests.length, 1);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await after(0);
  assert.equal(requests.length, 2);
  feed.leave(reader);
});

test("a feed that fails says that it is silent, and asks less and less often", async () => {
  const feed = await start(NaN, {}, { status: 503 }, { status: 0 }, {});
  for (const seconds of [600, 10, 20]) await after(seconds);
  assert.deepEqual(reader.seen, [false, true, true, false]);
  feed.leave(reader);
});

test("a feed that fails at first takes the rows that the browser has kept", async () => {
  const feed = await start(NaN, { status: 0 }, {});
  assert.deepEqual(requests, ["default", "force-cache"]);
  assert.deepEqual(reader.seen, [true]);
  feed.leave(reader);
});

test("a feed that is refused does not ask again", async () => {
  const feed = await start(5, { status: 422, body: { error: { message: "pairs are some of KGS/USD" } } });
  await after(3600);
  assert.deepEqual(requests, ["no-cache"]);
  assert.deepEqual(reader.seen, ["pairs are some of KGS/USD"]);
  feed.leave(reader);
});

test("refresh is the pace where it is set, and 0 asks once", async () => {
  const often = await start(5);
  await after(5);
  assert.equal(requests.length, 2);
  often.leave(reader);
  const once = await start(0);
  await after(3600);
  assert.equal(requests.length, 3);
  once.leave(reader);
});

test("readers of the same rows share a feed", async () => {
  const feed = await start(NaN);
  assert.equal(await start(NaN), feed);
  assert.notEqual(await start(30), feed);
  assert.deepEqual(requests, ["default", "no-cache"]);
});
