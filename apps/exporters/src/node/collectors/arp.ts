// /proc/net/arp: neighbours known per device.
import { booleanFlag, stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { deviceChoice } from "../device-choice.js";
import { gauge } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

const entries = gauge("node_arp_entries", "Neighbours in the ARP table, by device.");

const flags = {
  "collector.arp.device-include": stringFlag("", "Regular expression of devices to report."),
  "collector.arp.device-exclude": stringFlag("", "Regular expression of devices to leave out."),
  "collector.arp.netlink": booleanFlag(true, "Accepted for compatibility; the table is read from procfs."),
};

export const arp: Collector = defineCollector({
  name: "arp",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const include = values["collector.arp.device-include"];
    const exclude = values["collector.arp.device-exclude"];
    const isChosen = deviceChoice({ include, exclude, flag: "collector.arp.device" });
    return (table) => {
      const counts = new Map<string, number>();
      for (const line of readLines(paths.proc("net/arp")).slice(1)) {
        const device = fieldsOf(line).at(-1);
        if (device !== undefined && isChosen(device)) counts.set(device, (counts.get(device) ?? 0) + 1);
      }
      for (const [device, count] of counts) table.add(entries, count, { device });
    };
  },
});
