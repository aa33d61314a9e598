// When the scripts ask again.
import assert from "node:assert/strict";
import { test } from "node:test";

import { freshSeconds, retrySeconds, spread } from "../../ratesvc/web/static/modules/timing.js";

const NOW = Date.parse("2026-11-27T09:00:00Z");

function fresh(headers, least = 10) {
  return freshSeconds(new Headers(headers), NOW, least);
}

test("a response is good for its age", () => {
  assert.equal(fresh({ "Cache-Control": "public, max-age=840" }), 840);
});

test("a response that a cache has kept for a while is good for what is left", () => {
  assert.equal(fresh({ "Cache-Control": "max-age=840", "Expires": "Fri, 27 Nov 2026 09:05:00 GMT" }), 300);
});

test("a clock that is wrong by more than the age is ignored", () => {
  for (const expires of ["Fri, 27 Nov 2026 08:00:00 GMT", "Fri, 27 Nov 2026 12:00:00 GMT", "tomorrow"])
    assert.equal(fresh({ "Cache-Control": "max-age=840", "Expires": expires }), 840);
});

test("a response that says nothing is good for a minute, and none for less than the least", () => {
  assert.equal(fresh({}), 60);
  assert.equal(fresh({ "Cache-Control": "no-store" }), 60);
  assert.equal(fresh({ "Cache-Control": "max-age=3" }), 10);
  assert.equal(fresh({ "Cache-Control": "max-age=0" }, 60), 60);
});

test("each failure doubles the wait, up to five minutes", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 50].map(retrySeconds), [10, 20, 40, 80, 160, 300, 300, 300]);
});

test("readers are spread over a tenth of the time", () => {
  assert.equal(spread(600, 0), 600);
  assert.equal(spread(600, 0.5), 630);
});
