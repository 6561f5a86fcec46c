// Synthetic scrape targets in a process of their own: GET /target/<i> serves `series` changing series, GET /served counts scrapes,
// GET /arrivals says when each target was scraped since the last such question (ms).
// usage: node targets.mjs PORT TARGETS SERIES
import { createServer } from "node:http";

const [port, targetCount, seriesCount] = process.argv.slice(2).map(Number);
const methods = ["GET", "PUT", "POST", "DELETE"];
const codes = [200, 204, 404, 500, 503];
const families = ["requests_total", "temperature_celsius", "latency_seconds_bucket"];
const seriesPerFamily = 50;
let seed = 1;
// A linear congruential generator: the same numbers in every run, on every system.
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const names = Array.from({ length: seriesCount }, (_, i) => {
  const family = Math.floor(i / seriesPerFamily);
  const k = i % seriesPerFamily;
  const labels = `method="${methods[k % 4]}",handler="/api/v1/resource/${k % 25}",code="${codes[k % 5]}",pod="backend-${(k * 7919 + family * 31).toString(36)}"`;
  return `bench_${families[family % 3]}_${family}{${labels}} `;
});
const targets = Array.from({ length: targetCount }, () => Float64Array.from(names, () => Math.floor(random() * 1e5)));
let served = 0;
const arrivals = targets.map(() => []);

function step(value, kind) {
  if (kind === 0) return value + Math.floor(random() * 50);
  if (kind === 1) return Math.round(value * 1000 + (random() - 0.5) * 1000) / 1000;
  return random() < 0.3 ? value + 1 : value;
}

createServer((request, response) => {
  if (request.url === "/served") return void response.end(String(served));
  if (request.url === "/arrivals") return void response.end(JSON.stringify(arrivals.map((times) => times.splice(0))));
  const target = Number(request.url.slice("/target/".length));
  const values = targets[target];
  if (!values) return void response.writeHead(404).end();
  arrivals[target].push(performance.now());
  let body = "";
  for (let i = 0; i < names.length; i++) {
    values[i] = step(values[i], Math.floor(i / seriesPerFamily) % 3);
    body += `${names[i]}${values[i]}\n`;
  }
  served++;
  response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
  response.end(body);
}).listen(port, "127.0.0.1");
