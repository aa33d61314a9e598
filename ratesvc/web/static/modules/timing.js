// When to ask for the rates again.

// Seconds for which a response is good: what a cache has left of its age, else the whole age, else a minute. A clock
// that is wrong by more than the age is ignored.
export function freshSeconds(headers, now, least) {
  const [, age] = /max-age=(\d+)/.exec(headers.get("Cache-Control")) ?? [];
  const left = (Date.parse(headers.get("Expires")) - now) / 1000;
  return Math.max(left > 0 && left < age ? left : Number(age ?? 60), least);
}

// Seconds to wait after so many failures in a row: twice as long each time, five minutes at most.
export function retrySeconds(failures) {
  return Math.min(5 * 2 ** failures, 300);
}

// Up to a tenth longer, so that the readers of a site do not all ask at once.
export function spread(seconds, random) {
  return seconds * (1 + random / 10);
}
