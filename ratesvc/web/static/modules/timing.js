// When to request the rates again.

// Seconds for which a response is fresh: the time left until Expires, else max-age, else a minute. Expires is ignored if
// the clock is wrong by more than max-age.
export function freshSeconds(headers, now, least) {
  const [, age] = /max-age=(\d+)/.exec(headers.get("Cache-Control")) ?? [];
  const left = (Date.parse(headers.get("Expires")) - now) / 1000;
  return Math.max(left > 0 && left < age ? left : Number(age ?? 60), least);
}

// Seconds to wait after a number of consecutive failures: doubles each time, up to five minutes.
export function retrySeconds(failures) {
  return Math.min(5 * 2 ** failures, 300);
}

// Adds up to a tenth, so that the readers of a site do not all send requests at once.
export function spread(seconds, random) {
  return seconds * (1 + random / 10);
}
