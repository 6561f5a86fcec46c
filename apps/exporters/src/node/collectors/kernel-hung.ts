// Tasks that hung long enough for the kernel to notice.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { counter } from "../families.js";
import { readNumber } from "../files.js";

const total = counter("node_kernel_hung_tasks_total", "Tasks that the kernel found hanging.");

export const kernelHung: Collector = defineCollector({
  name: "kernel_hung",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const value = readNumber(paths.proc("sys/kernel/hung_task_detect_count"));
      if (value === undefined) throw new NoDataError("the kernel does not count hung tasks");
      table.add(total, value);
    };
  },
});
