// What clients of Frankfurter get here: node frankfurter.mjs ORIGIN DAY, for the day and the week before it.
import * as v1 from "frankfurter-api-client";
import * as v2 from "frankfurter-api-client-v2";
import { FrankfurterClient } from "frankfurter-js";

const [origin, day] = process.argv.slice(2);
const before = new Date(Date.parse(day) - 7 * 864e5).toISOString().slice(0, 10);
const period = (text) => (([year, month, date]) => ({ year, month, date }))(text.split("-").map(Number));

// Two of them know one address only.
const really = globalThis.fetch;
globalThis.fetch = (address, ...rest) => really(String(address).replace("https://api.frankfurter.dev", origin), ...rest);

const client = new FrankfurterClient({ baseUrl: origin });
console.log(JSON.stringify({
  js: {
    latest: await client.latest({ base: "USD", quotes: ["KZT", "UZS"] }),
    historical: await client.historical(day, { base: "KGS", quotes: ["KZT"] }),
    range: await client.range(before, day, { base: "USD", quotes: ["KZT"] }),
    month: await client.range("2026-01-01", day, { quotes: ["KZT"], group: "month" }),
    currencies: await client.currencies(),
    providers: await client.providers(),
  },
  v1: {
    latest: await v1.getLatestRates({ base: "USD", symbols: ["KZT", "UZS"] }),
    historical: await v1.getHistoricalRatesForDate({ base: "KGS", symbols: ["KZT"], period: period(day) }),
    range: await v1.getTimeSeriesRates({ base: "USD", symbols: ["KZT"], start: period(before), end: period(day) }),
    currencies: await v1.getSupportedCurrencies(),
  },
  v2: {
    latest: await v2.getLatestRates({ base: "USD", quotes: ["KZT", "UZS"] }),
    historical: await v2.getHistoricalRatesForDate({ base: "KGS", quotes: ["KZT"], period: period(day) }),
    range: await v2.getTimeSeriesRates({ base: "USD", quotes: ["KZT"], from: period(before), to: period(day) }),
    currencies: await v2.getSupportedCurrencies({ legacy: true }),
    currency: await v2.getCurrencyInfo({ code: "KZT" }),
    providers: await v2.getAllProviders(),
  },
}));
