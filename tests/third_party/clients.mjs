// What clients that people use make of an address: node clients.mjs unfurl|extractus ADDRESS
import { extract } from "@extractus/oembed-extractor";
import { unfurl } from "unfurl.js";

const [client, address] = process.argv.slice(2);
const found = client === "unfurl" ? (await unfurl(address)).oEmbed : await extract(address);
console.log(JSON.stringify(found));
