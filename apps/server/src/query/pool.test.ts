// When workers are started. Needs the built worker: `npm run build`.
import { tmpdir } from "node:os";
import { SimClock } from "@narthex/stdx";
import { expect, onTestFinished, test } from "vitest";
import { patienceMs, WorkerPool } from "./pool.js";
import { QueryThread } from "./thread.js";

test("more workers are started only while none becomes free", async () => {
  const clock = new SimClock(0);
  const setup = { engine: {}, path: tmpdir(), blockCacheBytesMax: 1 << 20 };
  const start = (): QueryThread => new QueryThread({ setup, heapMbMax: 64 });
  const pool = new WorkerPool({ keptMax: 1, workersMax: 4, asideMax: 0, togetherMax: 1, clock, start });
  onTestFinished(() => pool.close());
  const { signal } = new AbortController();
  const almost = patienceMs - 1;

  const first = await pool.acquire(signal);
  const [second, third, fourth] = Array.from({ length: 3 }, () => pool.acquire(signal));
  await clock.advance(almost);
  pool.release(first);
  const again = await second;
  expect(again).toBe(first);
  await clock.advance(almost);
  pool.release(again!);
  expect(await third).toBe(first);
  expect(pool.workerCount).toBe(1);

  await clock.advance(patienceMs);
  expect(await fourth).not.toBe(first);
  expect(pool.workerCount).toBe(2);
});
