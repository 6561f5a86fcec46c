// Debian's prometheus-pushgateway, where it is installed, is asked the same as ours: the same statuses, and the same
// metrics afterwards. It is version 1.5; differences stand at the requests, with their reasons.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pushedLines, requests, send } from "./testdata/requests.js";

const binary = "/usr/bin/prometheus-pushgateway";
const port = 21_820;
const absence = existsSync(binary) ? "" : `(not checked: ${binary} is not installed)`;

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      await (await fetch(`${url}/-/ready`)).text();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

// What only ours took; and of help texts that differ between groups, Debian's shows any.
const notCommon = /job="snappy"|^# TYPE snappied|^# HELP foo/;

test(`Debian's Pushgateway answers the same ${absence}`, async () => {
  if (absence !== "") return;
  const url = `http://127.0.0.1:${port}`;
  const theirs = spawn(binary, [`--web.listen-address=127.0.0.1:${port}`, "--persistence.file="], { stdio: "ignore" });
  try {
    await untilReady(url);
    for (const request of requests) {
      const { status } = await send(url, request);
      const name = `${request.method} ${request.path}`;
      expect({ name, status }).toEqual({ name, status: request.debian?.status ?? request.status });
    }
    const golden = readFileSync(new URL("testdata/pushed.txt", import.meta.url), "utf8")
      .trim()
      .split("\n");
    const common = (lines: readonly string[]): string[] => {
      return lines.filter((line) => !notCommon.test(line));
    };
    expect(common(await pushedLines(url))).toEqual(common(golden));
  } finally {
    theirs.kill("SIGKILL");
  }
});
