// Sending by remote write side by side: each system in turn scrapes the same synthetic targets, first without and then with a
// remote_write to a sink that takes all; prints CPU time per sample of both and of sending alone, bytes sent per sample, and memory.
// Linux only (/proc). usage: node bench/end-to-end/remote-write.mjs SYSTEM[,SYSTEM…] [TARGETS=100] [SERIES=1000] [INTERVAL_S=5] [SECONDS=60]
// REMOTE="protobuf_message: io.prometheus.write.v2.Request" adds to the section.
import { createServer } from "node:http";
import { setUpRig } from "./rig.mjs";
import { cpuSeconds, residentBytes, sleep } from "./systems.mjs";

const [names = "narthex,prometheus", ...numbers] = process.argv.slice(2);
const [targetCount = 100, seriesCount = 1000, intervalS = 5, seconds = 60] = numbers.map(Number);
const targetsPort = Number(process.env.BENCH_PORT ?? 19710);
const systemPort = targetsPort + 1;
const sinkPort = targetsPort + 2;

// It says that everything of version 2 was written, whatever it was.
const written = { "x-prometheus-remote-write-samples-written": "1000000" };
let bytes = 0;
const sink = createServer((request, response) => {
  request.on("data", (part) => {
    bytes += part.length;
  });
  request.on("end", () => response.writeHead(204, written).end());
}).listen(sinkPort, "127.0.0.1");

const remoteWrite = `remote_write: [{ url: 'http://127.0.0.1:${sinkPort}/', ${process.env.REMOTE ?? ""} }]\n`;

async function metric(name) {
  const text = await (await fetch(`http://127.0.0.1:${systemPort}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

const appended = () => metric("prometheus_tsdb_head_samples_appended_total");
const sent = () => metric("prometheus_remote_storage_samples_total");

async function measure(system, section) {
  const rig = setUpRig(system, { targetsPort, systemPort, targetCount, seriesCount, intervalS, remoteWrite: section });
  await sleep(1500);
  const child = rig.start();
  await sleep(Math.max(30, 4 * intervalS) * 1000);
  const look = async () => ({
    cpu: cpuSeconds(child.pid),
    appended: await appended(),
    sent: await sent(),
    bytes,
    shards: await metric("prometheus_remote_storage_shards"),
  });
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  const samples = after.appended - before.appended;
  const result = {
    micros: (1e6 * (after.cpu - before.cpu)) / samples,
    samplesPerSecond: Math.round(samples / seconds),
    sentPerSecond: Math.round((after.sent - before.sent) / seconds),
    bytesPerSample: (after.bytes - before.bytes) / (after.sent - before.sent),
    residentMiB: Math.round(residentBytes(child.pid) / 2 ** 20),
    shards: after.shards,
  };
  await rig.end();
  return result;
}

for (const system of names.split(",")) {
  const without = await measure(system, "");
  const withRemote = await measure(system, remoteWrite);
  const micros = withRemote.micros - without.micros;
  console.log(
    JSON.stringify({
      system,
      samplesPerSecond: withRemote.samplesPerSecond,
      sentPerSecond: withRemote.sentPerSecond,
      cpuMicrosPerSampleWithout: Number(without.micros.toFixed(3)),
      cpuMicrosPerSampleWith: Number(withRemote.micros.toFixed(3)),
      cpuMicrosPerSampleSending: Number(micros.toFixed(3)),
      bytesPerSample: Number(withRemote.bytesPerSample.toFixed(2)),
      residentMiBWithout: without.residentMiB,
      residentMiBWith: withRemote.residentMiB,
      shards: withRemote.shards,
    }),
  );
}
sink.close();
