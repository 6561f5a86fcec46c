// /sys/class/powercap: energy that packages and cores used.
import { booleanFlag } from "@narthex/service";
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { counter } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const microjoulesPerJoule = 1e6;

const flags = {
  "collector.rapl.enable-zone-label": booleanFlag(false, "Name the zone in a label of one common metric."),
};

export const rapl: Collector = defineCollector({
  name: "rapl",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const root = paths.sys("class/powercap");
    return (table) => {
      const zones = listFolder(root);
      if (zones === undefined) throw new NoDataError("the machine does not measure energy");
      const seen = new Map<string, number>();
      for (const zone of zones) {
        const path = `${root}/${zone}`;
        const fullName = readAttribute(`${path}/name`);
        // Reading the energy is a privilege of root since Linux 5.10.
        const microjoules = readNumber(`${path}/energy_uj`);
        if (fullName === undefined || microjoules === undefined) continue;
        const { name, index } = zoneName(fullName, seen);
        const joules = microjoules / microjoulesPerJoule;
        if (values["collector.rapl.enable-zone-label"]) {
          table.add(counter("node_rapl_joules_total", "Energy used by the zone."), joules, {
            index,
            path,
            rapl_zone: name,
          });
          continue;
        }
        const metric = `node_rapl_${name.replace(/[^a-zA-Z0-9_]/g, "_")}_joules_total`;
        table.add(counter(metric, `Energy used by ${name}.`), joules, { index, path });
      }
    };
  },
});

// "package-0" has its number in the name; others are counted by name.
function zoneName(text: string, seen: Map<string, number>): { name: string; index: string } {
  const [, name, index] = /^(.+)-(\d+)$/.exec(text) ?? [];
  if (name !== undefined) return { name, index: index as string };
  const count = seen.get(text) ?? 0;
  seen.set(text, count + 1);
  return { name: text, index: String(count) };
}
