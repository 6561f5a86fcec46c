// The kernel's pool of random bits.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { readText } from "../files.js";

const available = gauge("node_entropy_available_bits", "Random bits in the kernel's pool.");
const poolSize = gauge("node_entropy_pool_size_bits", "Random bits that the kernel's pool can hold.");

export const entropy: Collector = defineCollector({
  name: "entropy",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      table.add(available, Number(readText(paths.proc("sys/kernel/random/entropy_avail"))));
      table.add(poolSize, Number(readText(paths.proc("sys/kernel/random/poolsize"))));
    };
  },
});
