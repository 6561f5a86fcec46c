// /sys/devices/system/cpu/cpu*/cpufreq: frequencies and governors.
import { type Collector, defineCollector } from "../collector.js";
import { type FamilyTable, gauge, type MetricSpec } from "../families.js";
import { fieldsOf, listFolder, readAttribute, readNumber } from "../files.js";

// The kernel counts in kilohertz.
const frequencies: readonly (readonly [file: string, spec: MetricSpec])[] = [
  ["cpuinfo_cur_freq", gauge("node_cpu_frequency_hertz", "Frequency of the CPU.")],
  ["cpuinfo_min_freq", gauge("node_cpu_frequency_min_hertz", "Lowest frequency that the CPU can run at.")],
  ["cpuinfo_max_freq", gauge("node_cpu_frequency_max_hertz", "Highest frequency that the CPU can run at.")],
  ["scaling_cur_freq", gauge("node_cpu_scaling_frequency_hertz", "Frequency that the governor chose.")],
  ["scaling_min_freq", gauge("node_cpu_scaling_frequency_min_hertz", "Lowest frequency that the governor may choose.")],
  [
    "scaling_max_freq",
    gauge("node_cpu_scaling_frequency_max_hertz", "Highest frequency that the governor may choose."),
  ],
];

const governorSpec = gauge("node_cpu_scaling_governor", "Which governor is at work: 1 for it, 0 for the others.");

export const cpufreq: Collector = defineCollector({
  name: "cpufreq",
  isDefault: true,
  open: ({ paths }) => {
    const root = paths.sys("devices/system/cpu");
    return (table) => {
      for (const name of listFolder(root) ?? []) {
        if (/^cpu\d+$/.test(name)) addCpu(table, `${root}/${name}/cpufreq`, name.slice(3));
      }
    };
  },
});

function addCpu(table: FamilyTable, folder: string, cpu: string): void {
  const present = listFolder(folder);
  for (const [file, spec] of frequencies) {
    if (!present?.includes(file)) continue;
    const kilohertz = readNumber(`${folder}/${file}`);
    if (kilohertz !== undefined) table.add(spec, kilohertz * 1000, { cpu });
  }
  const current = present?.includes("scaling_governor") ? readAttribute(`${folder}/scaling_governor`) : undefined;
  if (current === undefined) return;
  for (const governor of fieldsOf(readAttribute(`${folder}/scaling_available_governors`) ?? "")) {
    table.add(governorSpec, governor === current ? 1 : 0, { cpu, governor });
  }
}
