// The number in an article, and the point of a chart.
import assert from "node:assert/strict";
import { test } from "node:test";

import { goesAbove, markOf, noteOf, numberOf, shiftLeft } from "../../ratesvc/web/embed/scripts/modules/number.js";
import { nearestIndex, placeWithin, stepOf, withinPoints } from "../../ratesvc/web/embed/scripts/modules/points.js";

const ROW = { rate_per: "0.00193", units: "517.30", change: "0.31%", sourced: "Bank, 27 November", label: null, mark: null };

test("show chooses the number, which is the rate where it names nothing", () => {
  const shown = ["rate", "units", "change", null, "constructor"].map((show) => numberOf(ROW, show));
  assert.deepEqual(shown, ["0.00193", "517.30", "0.31%", "0.00193", "0.00193"]);
  assert.equal(numberOf({ ...ROW, units: null }, "units"), null);
});

test("a note is the source, and what else must be known", () => {
  assert.equal(noteOf(ROW), "Bank, 27 November");
  assert.equal(noteOf({ ...ROW, label: "pegged" }), "Bank, 27 November · pegged");
});

test("a mark stands beside the number only where the unconfirmed figure is shown", () => {
  const row = { ...ROW, mark: "not confirmed" };
  assert.equal(markOf(row, "show"), " (not confirmed)");
  assert.equal(markOf(row, "hide"), "");
  assert.equal(markOf(ROW, "show"), "");
});

test("a tip goes above the number only where there is room above and none below", () => {
  assert.equal(goesAbove({ bottom: 700, height: 40 }, 500, 600), true);
  assert.equal(goesAbove({ bottom: 500, height: 40 }, 400, 600), false);
  assert.equal(goesAbove({ bottom: 700, height: 40 }, 20, 600), false);
});

test("a tip moves to the left as far as it must, and never out of the page", () => {
  assert.equal(shiftLeft({ left: 100, right: 300 }, 400), 0);
  assert.equal(shiftLeft({ left: 250, right: 450 }, 400), 58);
  assert.equal(shiftLeft({ left: 20, right: 450 }, 400), 12);
  assert.equal(shiftLeft({ left: 5, right: 450 }, 400), 0);
});

test("the nearest point is found, of two equally near the first", () => {
  const points = [[0], [10], [20], [100]];
  assert.deepEqual([-5, 4, 5, 6, 61, 500].map((place) => nearestIndex(points, place)), [0, 0, 0, 1, 3, 3]);
});

test("a note stays within the frame, and begins at its left edge where it is wider", () => {
  assert.deepEqual([-5, 10, 150, 290].map((place) => placeWithin(place, 100, 0, 300)), [6, 6, 100, 194]);
  assert.equal(placeWithin(150, 400, 0, 300), 6);
  assert.equal(placeWithin(0, 100, -20, 280), -14);
});

test("keys move over the points and stay within them", () => {
  const moved = ["ArrowLeft", "ArrowUp", "PageDown", "PageUp", "Home", "End"].map((key) => withinPoints(50 + stepOf(key), 60));
  assert.deepEqual(moved, [49, 51, 20, 59, 0, 59]);
  assert.equal(stepOf("Tab"), undefined);
});
