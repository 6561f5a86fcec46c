// CPU times from /proc/stat, throttling and isolation from sysfs, models and frequencies from /proc/cpuinfo.
import { booleanFlag, stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { readCpuInfo } from "../cpu-info.js";
import { expandRanges } from "../cpu-ranges.js";
import { searchPattern } from "../device-choice.js";
import { counter, type FamilyTable, gauge } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";
import type { Paths } from "../paths.js";
import { type CpuTimes, readProcStat } from "../proc-stat.js";

const secondsTotal = counter("node_cpu_seconds_total", "Time that the CPUs spent in each mode.");
const guestTotal = counter("node_cpu_guest_seconds_total", "Time that the CPUs spent running virtual machines.");
const info = gauge("node_cpu_info", "What /proc/cpuinfo says about the CPU, in labels; always 1.");
const frequency = gauge("node_cpu_frequency_hertz", "Frequency of the CPU as /proc/cpuinfo has it.");
const flagInfo = gauge("node_cpu_flag_info", "Features of the first CPU, in labels; always 1.");
const bugInfo = gauge("node_cpu_bug_info", "Known bugs of the first CPU, in labels; always 1.");
const coreThrottles = counter("node_cpu_core_throttles_total", "Times the core was throttled for its heat.");
const packageThrottles = counter("node_cpu_package_throttles_total", "Times the package was throttled for its heat.");
const isolated = gauge("node_cpu_isolated", "CPUs that the scheduler leaves alone; always 1.");
const online = gauge("node_cpu_online", "Whether the CPU takes part.");

// In the order of /proc/stat.
const modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];

const flags = {
  "collector.cpu.guest": booleanFlag(true, "Report node_cpu_guest_seconds_total."),
  "collector.cpu.info": booleanFlag(false, "Report node_cpu_info and frequencies."),
  "collector.cpu.info.flags-include": stringFlag("", "Regular expression of CPU features to report."),
  "collector.cpu.info.bugs-include": stringFlag("", "Regular expression of CPU bugs to report."),
};

export const cpu: Collector = defineCollector({
  name: "cpu",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const flagsInclude = values["collector.cpu.info.flags-include"];
    const bugsInclude = values["collector.cpu.info.bugs-include"];
    const hasInfo = values["collector.cpu.info"] || flagsInclude !== "" || bugsInclude !== "";
    const addInfo = cpuInfoAdder({ flagsInclude, bugsInclude, paths });
    const times = new MonotonicTimes();
    return (table) => {
      if (hasInfo) addInfo(table);
      for (const { cpu: name, seconds } of readProcStat(paths).cpus) {
        addTimes(table, { cpu: name, seconds: times.update(name, seconds) }, values["collector.cpu.guest"]);
      }
      addSysfs(table, paths);
      for (const name of expandRanges(readAttribute(paths.sys("devices/system/cpu/isolated")) ?? "")) {
        table.add(isolated, 1, { cpu: String(name) });
      }
    };
  },
});

function addTimes(table: FamilyTable, { cpu: name, seconds }: CpuTimes, hasGuest: boolean): void {
  for (const [i, mode] of modes.entries()) table.add(secondsTotal, seconds[i] ?? 0, { cpu: name, mode });
  if (!hasGuest) return;
  table.add(guestTotal, seconds[8] ?? 0, { cpu: name, mode: "user" });
  table.add(guestTotal, seconds[9] ?? 0, { cpu: name, mode: "nice" });
}

// Prometheus: collector/cpu_linux.go jumpBackSeconds; idle and iowait may step back a little, which would look like a
// counter reset. A large step back is a CPU that was taken out and put in again.
const stepBackSecondsMax = 3;
const idleIndex = 3;

class MonotonicTimes {
  readonly #last: Map<string, readonly number[]> = new Map();

  update(name: string, seconds: readonly number[]): readonly number[] {
    const last = this.#last.get(name);
    const isReset = last !== undefined && (last[idleIndex] ?? 0) - (seconds[idleIndex] ?? 0) >= stepBackSecondsMax;
    const kept = last === undefined || isReset ? seconds : seconds.map((value, i) => Math.max(value, last[i] ?? 0));
    this.#last.set(name, kept);
    return kept;
  }
}

type InfoOptions = { readonly flagsInclude: string; readonly bugsInclude: string; readonly paths: Paths };

function cpuInfoAdder({ flagsInclude, bugsInclude, paths }: InfoOptions): (table: FamilyTable) => void {
  const isFlag = searchPattern(flagsInclude, "collector.cpu.info.flags-include");
  const isBug = searchPattern(bugsInclude, "collector.cpu.info.bugs-include");
  return (table) => {
    const cpus = readCpuInfo(paths);
    for (const { labels, megahertz } of cpus) {
      table.add(info, 1, labels);
      const { package: packageName, core, cpu: name } = labels;
      if (!Number.isNaN(megahertz)) table.add(frequency, megahertz * 1e6, { package: packageName, core, cpu: name });
    }
    const [first] = cpus;
    if (first === undefined) return;
    for (const flag of flagsInclude === "" ? [] : first.flags) if (isFlag(flag)) table.add(flagInfo, 1, { flag });
    for (const bug of bugsInclude === "" ? [] : first.bugs) if (isBug(bug)) table.add(bugInfo, 1, { bug });
  };
}

const cpuFolder = /^cpu\d+$/;

function addSysfs(table: FamilyTable, paths: Paths): void {
  // Hyper-threads of one core show the same counts: each core and package is told once.
  const seen = new Set<string>();
  for (const name of listFolder(paths.sys("devices/system/cpu")) ?? []) {
    if (!cpuFolder.test(name)) continue;
    const folder = paths.sys(`devices/system/cpu/${name}`);
    const present = listFolder(folder);
    if (present?.includes("thermal_throttle")) addThrottles(table, folder, seen);
    const value = present?.includes("online") ? readNumber(`${folder}/online`) : undefined;
    if (value !== undefined) table.add(online, value, { cpu: name.slice(3) });
  }
}

function addThrottles(table: FamilyTable, folder: string, seen: Set<string>): void {
  const packageId = readNumber(`${folder}/topology/physical_package_id`);
  const coreId = readNumber(`${folder}/topology/core_id`);
  if (packageId === undefined || coreId === undefined) return;
  const core = { package: String(packageId), core: String(coreId) };
  const counts = [
    { spec: coreThrottles, file: "core_throttle_count", labels: core },
    { spec: packageThrottles, file: "package_throttle_count", labels: { package: core.package } },
  ];
  for (const { spec, file, labels } of counts) {
    const key = `${file} ${Object.values(labels).join(" ")}`;
    const count = seen.has(key) ? undefined : readNumber(`${folder}/thermal_throttle/${file}`);
    if (count === undefined) continue;
    seen.add(key);
    table.add(spec, count, labels);
  }
}
