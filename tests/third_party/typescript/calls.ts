// Calls of every part of the API with a client whose types come from /openapi.json: node calls.js ORIGIN DAY.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const [origin, day] = process.argv.slice(2) as [string, string];
// Rows also come as CSV and NDJSON, so say which form is meant.
const client = createClient<paths, "application/json">({ baseUrl: origin });
const texts = createClient<paths, "text/plain">({ baseUrl: origin });

/** The data of an answer; the process ends where there is an error. */
function right<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const rates = right(await client.GET("/api/rates", { params: { query: { pairs: "KZT", limit: 3, order: "asc" } } }));
const rows: components["schemas"]["Rate"][] = rates.rows;
const closes: number[] = rows.map((row) => row.close);
const digits: string[] = rows.map((row) => row.exact["close"] ?? "");

const converted = right(await client.GET("/api/convert", { params: { query: { base: "KGS", quote: "KZT", amount: 10 } } }));
const why = right(await client.GET("/api/why/{currency}/{day}", { params: { path: { currency: "KZT", day } } }));
const change: number | null = why.change.percent;
const sources = right(await client.GET("/api/sources"));
const ticker = right(await client.GET("/ticker.json", { params: { query: { lang: "ru" } } }));
const lines = right(await texts.GET("/ticker.txt", { parseAs: "text" }));
const manifest = right(await client.GET("/data/latest.json"));
const latest = right(await client.GET("/v1/latest", { params: { query: { symbols: "KZT" } } }));
const range = right(
  await client.GET("/v1/{start_date}..{end_date}", { params: { path: { start_date: day, end_date: day } } }),
);
const quotes = right(await client.GET("/v2/rates", { params: { query: { quotes: "KZT", date: day } } }));
const refused = await client.GET("/api/rates", { params: { query: { limit: 0 } } });

console.log(
  JSON.stringify({
    closes, digits, change, lines,
    converted: converted.rows[0]?.converted,
    sources: sources.rows.map((row) => row.source),
    version: ticker.version,
    newest: manifest.version,
    latest: latest.rates["KZT"],
    range: Object.keys(range.rates),
    quote: quotes[0]?.rate,
    refused: refused.error?.error.parameter,
  }),
);
