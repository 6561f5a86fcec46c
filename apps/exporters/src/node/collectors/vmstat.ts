// /proc/vmstat: the counters whose names match a flag.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { searchPattern } from "../device-choice.js";
import { untyped } from "../families.js";
import { readLines } from "../files.js";

const fieldsFlag = "collector.vmstat.fields";

const flags = {
  [fieldsFlag]: stringFlag("^(oom_kill|pgpg|pswp|pg.*fault).*", "Regular expression of the fields to report."),
};

export const vmstat: Collector = defineCollector({
  name: "vmstat",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const isChosen = searchPattern(values[fieldsFlag], fieldsFlag);
    return (table) => {
      for (const line of readLines(paths.proc("vmstat"))) {
        const [field = "", value = ""] = line.split(" ");
        if (!isChosen(field)) continue;
        table.add(untyped(`node_vmstat_${field}`, `The ${field} line of /proc/vmstat.`), Number(value));
      }
    };
  },
});
