// /proc/cgroups: control groups by subsystem.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

const groups = gauge("node_cgroups_cgroups", "Control groups of the subsystem.");
const enabled = gauge("node_cgroups_enabled", "Whether the subsystem is on.");

export const cgroups: Collector = defineCollector({
  name: "cgroups",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      for (const line of readLines(paths.proc("cgroups"))) {
        const [name = "", , count, isEnabled] = fieldsOf(line);
        if (name.startsWith("#")) continue;
        table.add(groups, Number(count), { subsys_name: name });
        table.add(enabled, Number(isEnabled), { subsys_name: name });
      }
    };
  },
});
