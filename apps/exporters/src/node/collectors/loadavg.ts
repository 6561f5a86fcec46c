// /proc/loadavg: the three load averages.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, readText } from "../files.js";

const load1 = gauge("node_load1", "Load average over one minute.");
const load5 = gauge("node_load5", "Load average over five minutes.");
const load15 = gauge("node_load15", "Load average over fifteen minutes.");

export const loadavg: Collector = defineCollector({
  name: "loadavg",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const fields = fieldsOf(readText(paths.proc("loadavg")));
      if (fields.length < 3) throw new Error(`unexpected content in ${paths.proc("loadavg")}`);
      for (const [i, spec] of [load1, load5, load15].entries()) table.add(spec, Number(fields[i]));
    };
  },
});
