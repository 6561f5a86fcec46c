// /proc/slabinfo: the kernel's caches of small objects. Only root may read it.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { deviceChoice } from "../device-choice.js";
import { gauge } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

// In the order of the columns behind the name.
const columns = [
  gauge("node_slabinfo_active_objects", "Objects of the cache in use."),
  gauge("node_slabinfo_objects", "Objects of the cache."),
  gauge("node_slabinfo_object_size_bytes", "Size of an object of the cache."),
  gauge("node_slabinfo_objects_per_slab", "Objects in a slab of the cache."),
  gauge("node_slabinfo_pages_per_slab", "Pages of a slab of the cache."),
];

const flags = {
  "collector.slabinfo.slabs-include": stringFlag(".*", "Regular expression of caches to report."),
  "collector.slabinfo.slabs-exclude": stringFlag("", "Regular expression of caches to leave out."),
};

export const slabinfo: Collector = defineCollector({
  name: "slabinfo",
  isDefault: false,
  flags,
  open: ({ paths, flags: values }) => {
    const flag = "collector.slabinfo.slabs";
    const isIncluded = deviceChoice({ include: values[`${flag}-include`], flag });
    const isKept = deviceChoice({ exclude: values[`${flag}-exclude`], flag });
    return (table) => {
      for (const line of readLines(paths.proc("slabinfo"))) {
        const [slab = "", ...values] = fieldsOf(line);
        if (slab === "slabinfo" || slab === "#" || !isIncluded(slab) || !isKept(slab)) continue;
        for (const [i, spec] of columns.entries()) table.add(spec, Number(values[i]), { slab });
      }
    };
  },
});
