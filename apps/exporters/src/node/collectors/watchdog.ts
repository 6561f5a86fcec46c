// /sys/class/watchdog: timers that restart a machine which stopped feeding them.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { gauge, type MetricSpec } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const info = gauge("node_watchdog_info", "What sysfs says about the watchdog, in labels; always 1.");

const files: readonly (readonly [file: string, spec: MetricSpec])[] = [
  ["bootstatus", gauge("node_watchdog_bootstatus", "Whether the watchdog caused the last boot, as the driver says.")],
  ["fw_version", gauge("node_watchdog_fw_version", "Version of the watchdog's firmware.")],
  ["nowayout", gauge("node_watchdog_nowayout", "Whether the watchdog cannot be stopped.")],
  ["timeleft", gauge("node_watchdog_timeleft_seconds", "Time left before the restart.")],
  ["timeout", gauge("node_watchdog_timeout_seconds", "Time without feeding until the restart.")],
  ["pretimeout", gauge("node_watchdog_pretimeout_seconds", "Time before the restart at which the kernel is warned.")],
  ["access_cs0", gauge("node_watchdog_access_cs0", "Whether the watchdog starts from the other chip.")],
];

const infoFiles = ["options", "identity", "state", "status", "pretimeout_governor"];

export const watchdog: Collector = defineCollector({
  name: "watchdog",
  isDefault: true,
  open: ({ paths }) => {
    const root = paths.sys("class/watchdog");
    return (table) => {
      const names = listFolder(root);
      if (names === undefined) throw new NoDataError("the machine has no watchdog");
      for (const name of names) {
        for (const [file, spec] of files) {
          const value = readNumber(`${root}/${name}/${file}`);
          if (value !== undefined) table.add(spec, value, { name });
        }
        const labels = infoFiles.map((file) => [file, readAttribute(`${root}/${name}/${file}`) ?? ""]);
        table.add(info, 1, { name, ...Object.fromEntries(labels) });
      }
    };
  },
});
