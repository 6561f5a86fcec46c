// node_exporter's own end-to-end test: fixture trees of /proc and /sys, and what the exporter says of them.
// Every sample and type of a collector that is built here has to be there; help texts are our own.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { comparableLines, scrapeWith } from "./testdata/scrape.js";
import { unpackTtar } from "./testdata/ttar.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const corpus = join(corpora, "node-exporter");
const isPresent = existsSync(join(corpus, "e2e-output.txt"));

// Lines of the golden file that come right; may only grow.
const matchedMin = 1890;

// What cannot be told from fixtures: the machine under the exporter, and the exporter itself.
const unpredictable =
  /^(# TYPE )?(go_|process_|promhttp_|node_scrape_collector_|node_exporter_build_info|node_time_(zone|seconds)|node_network_(receive|transmit)_(?!queue)|node_textfile_mtime)/;

let folder = "";

afterAll(() => {
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

function unpack(): void {
  folder = mkdtempSync(join(tmpdir(), "node-exporter-"));
  unpackTtar(join(corpus, "sys.ttar"), folder);
  unpackTtar(join(corpus, "udev.ttar"), folder);
  for (const name of ["textfile", "qdisc", "wifi"]) cpSync(join(corpus, name), join(folder, name), { recursive: true });
  // /proc/self is a link, which a plain copy of the tree does not have.
  const proc = join(corpus, "proc");
  cpSync(proc, join(folder, "proc"), { recursive: true, filter: (path) => path !== join(proc, "self") });
  symlinkSync("10", join(folder, "proc/self"));
}

function turnOn(name: string): string {
  return `--collector.${name}`;
}

function endToEndArgs(): string[] {
  return [
    `--path.rootfs=${folder}`,
    `--path.procfs=${folder}/proc`,
    `--path.sysfs=${folder}/sys`,
    `--path.udev.data=${folder}/udev/data`,
    "--collector.arp.device-exclude=nope",
    "--collector.cpu.info",
    "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$",
    "--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$",
    "--collector.netclass.ignore-invalid-speed",
    "--collector.netclass.ignored-devices=(dmz|int)",
    "--collector.stat.softirq",
    `--collector.textfile.directory=${folder}/textfile/two_metric_files/`,
    "--collector.hwmon.chip-include=(applesmc|coretemp|hwmon4|nct6779|asus|mt7996)",
    ...["buddyinfo", "cgroups", "cpu_vulnerabilities", "interrupts", "ksmd", "lnstat", "meminfo_numa"].map(turnOn),
    ...["processes", "slabinfo", "softirqs", "xfrm"].map(turnOn),
    "--no-collector.filesystem",
    "--no-collector.netdev",
    // The corpus has no os-release.
    "--no-collector.os",
    "--no-collector.uname",
  ];
}

const absence = `(not checked: no corpus at ${corpus})`;

describe("node_exporter's fixtures", () => {
  test(`give the lines of the golden file, and no others ${isPresent ? "" : absence}`, async () => {
    if (!isPresent) return;
    unpack();
    const { text, log } = await scrapeWith(endToEndArgs());
    const ours = comparableLines(text.replaceAll(folder, "collector/fixtures")).filter(
      (line) => !unpredictable.test(line),
    );
    const golden = comparableLines(readFileSync(join(corpus, "e2e-output.txt"), "utf8"));
    const wanted = new Set(golden.filter((line) => !unpredictable.test(line)));
    const matched = ours.filter((line) => wanted.has(line));
    const extra = ours.filter((line) => !wanted.has(line));
    process.stdout.write(`node exporter: ${matched.length} of ${wanted.size} golden lines, ${extra.length} others\n`);
    if (process.env["GOLDEN_MISSING"]) {
      const got = new Set(ours);
      process.stdout.write(`${[...wanted].filter((line) => !got.has(line)).join("\n")}\n`);
    }
    expect(log).toEqual([]);
    expect(extra).toEqual([]);
    expect(matched.length).toBeGreaterThanOrEqual(matchedMin);
  });
});
