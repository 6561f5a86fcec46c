// A small program with metrics, as a user would write it: orders waiting, requests served. usage: node shop.mjs PORT
import { createServer } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Histogram, metricsHandler, register } from "@narthex/client";

collectDefaultMetrics();
const waiting = new Gauge({
  name: "shop_orders_waiting",
  help: "Orders that wait for payment.",
  labelNames: ["queue"],
});
const served = new Counter({ name: "shop_requests_total", help: "Requests served.", labelNames: ["path"] });
const took = new Histogram({
  name: "shop_request_duration_seconds",
  help: "Time a request took.",
  buckets: [0.001, 0.01, 0.1],
});
const metrics = metricsHandler(register);
waiting.set({ queue: "card" }, 0);

createServer((request, response) => {
  if (request.url === "/metrics") return void metrics(request, response);
  const stop = took.startTimer();
  const match = /^\/waiting\/(\d+)$/.exec(request.url);
  if (match) waiting.set({ queue: "card" }, Number(match[1]));
  served.inc({ path: match ? "/waiting" : "other" });
  response.end("ok\n");
  stop();
}).listen(Number(process.argv[2]), "127.0.0.1");
