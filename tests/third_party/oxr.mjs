// What Open Exchange Rates' own packages make of an address: node oxr.mjs ADDRESS DAY, which ends with /oxr/.
import fx from "money";
import oxr from "open-exchange-rates";

const [address, day] = process.argv.slice(2);
oxr.api_url = address;
oxr.set({ app_id: "x" });
const loaded = (load) => new Promise((resolve) => load(() => {
  const { base, rates, timestamp, error } = oxr;
  resolve({ base, rates, timestamp, error });
}));

const latest = await loaded((done) => oxr.latest(done));
Object.assign(fx, { base: latest.base, rates: latest.rates });
const dollars = fx(1000).from("KZT").to("RUB");
Object.assign(fx, await (await fetch(`${address}latest.json?app_id=x&base=KZT`)).json());
const tenge = fx(1000).from("KZT").to("RUB");
const historical = await loaded((done) => oxr.historical(day, done));
const missing = await loaded((done) => oxr.historical("1950-01-01", done));
console.log(JSON.stringify({ latest, dollars, tenge, historical, missing: missing.error }));
