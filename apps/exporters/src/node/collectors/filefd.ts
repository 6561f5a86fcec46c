// /proc/sys/fs/file-nr: open file descriptors.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, readText } from "../files.js";

const allocated = gauge("node_filefd_allocated", "File handles in use on the machine.");
const maximum = gauge("node_filefd_maximum", "File handles that may be in use at once.");

export const filefd: Collector = defineCollector({
  name: "filefd",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const fields = fieldsOf(readText(paths.proc("sys/fs/file-nr")));
      table.add(allocated, Number(fields[0]));
      table.add(maximum, Number(fields[2]));
    };
  },
});
