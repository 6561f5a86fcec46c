// /proc/net/xfrm_stat: packets that IPsec could not handle.
import { type Collector, defineCollector } from "../collector.js";
import { counter } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

export const xfrm: Collector = defineCollector({
  name: "xfrm",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      for (const line of readLines(paths.proc("net/xfrm_stat"))) {
        const [name = "", value = ""] = fieldsOf(line);
        const words = name.replace(/(?!^)([A-Z])/g, "_$1").toLowerCase();
        const spec = counter(`node_${words}_packets_total`, `Counter ${name} of IPsec.`);
        table.add(spec, Number(value));
      }
    };
  },
});
