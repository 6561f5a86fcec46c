// /sys/devices/system/cpu/vulnerabilities: known weaknesses of the CPU, and what the kernel does about them.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { listFolder, readAttribute } from "../files.js";

const info = gauge("node_cpu_vulnerabilities_info", "State of each known weakness, in labels; always 1.");

export const cpuVulnerabilities: Collector = defineCollector({
  name: "cpu_vulnerabilities",
  isDefault: false,
  open: ({ paths }) => {
    const folder = paths.sys("devices/system/cpu/vulnerabilities");
    return (table) => {
      for (const codename of listFolder(folder) ?? []) {
        const text = readAttribute(`${folder}/${codename}`);
        if (text === undefined) continue;
        const [, state = "", mitigation = ""] = /^([^:]*):?\s*(.*)$/s.exec(text) ?? [];
        const isMitigation = state === "Mitigation";
        table.add(info, 1, { codename, state: state.toLowerCase(), mitigation: isMitigation ? mitigation : "" });
      }
    };
  },
});
