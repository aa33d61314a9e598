// What the attributes of the elements mean.
import assert from "node:assert/strict";
import { test } from "node:test";

import { languageOf, queryOf } from "../../ratesvc/web/embed/scripts/modules/attributes.js";
import { refreshSeconds } from "../../ratesvc/web/embed/scripts/modules/feed.js";
import { sizesOf, speedOf } from "../../ratesvc/web/embed/scripts/modules/motion.js";

test("a language is the first two letters, and English where there are none", () => {
  const found = ["ru", "RU-KG", "kk-Cyrl", "d", "", undefined].map(languageOf);
  assert.deepEqual(found, ["ru", "ru", "kk", "en", "en", "en"]);
});

test("the query has the attributes that are set, also the empty ones", () => {
  const attributes = new Map([["pairs", "KZT,KGS"], ["sign", ""], ["theme", "dark"]]);
  const query = queryOf("tg", ["pairs", "per", "sign"], (name) => attributes.get(name) ?? null);
  assert.equal(String(query), "lang=tg&pairs=KZT%2CKGS&sign=");
});

test("refresh is 5 seconds at least, 0 once, and otherwise the pace of publications", () => {
  assert.deepEqual(["30", "5", "1", "-3", "0", "", null, "soon"].map(refreshSeconds), [30, 5, 5, 5, 0, 0, NaN, NaN]);
});

test("speed is 50 where nothing is said, 500 at most, and 0 for what is no speed", () => {
  assert.deepEqual([null, "80", "9000", "0", "-5", "fast", ""].map(speedOf), [50, 80, 500, 0, 0, 0, 0]);
});

test("the height follows the size of the letters, which is from 12 to 32 pixels", () => {
  assert.deepEqual([null, "", "11", "33", "large"].map(sizesOf), [null, null, null, null, null]);
  assert.deepEqual(["12", "15", "20", "32"].map((text) => sizesOf(text)["--height"]), ["44px", "44px", "52px", "71px"]);
  assert.equal(sizesOf("20")["--size"], "20px");
});
