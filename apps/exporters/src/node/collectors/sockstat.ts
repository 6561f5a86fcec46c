// /proc/net/sockstat and sockstat6: sockets in use by protocol.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, isMissing, readLines } from "../files.js";

const pageBytes = 4096;

export const sockstat: Collector = defineCollector({
  name: "sockstat",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      for (const file of ["net/sockstat", "net/sockstat6"]) {
        for (const { protocol, field, value } of socketCounts(paths.proc(file))) {
          const name = `node_sockstat_${protocol}_${field}`;
          table.add(gauge(name, `Sockets of ${protocol}: ${field}.`), value);
          if (field !== "mem") continue;
          table.add(gauge(`${name}_bytes`, `Memory of sockets of ${protocol}.`), value * pageBytes);
        }
      }
    };
  },
});

type SocketCount = { readonly protocol: string; readonly field: string; readonly value: number };

// Lines such as "TCP: inuse 4 orphan 0"; a kernel without IPv6 has no sockstat6.
function* socketCounts(path: string): Generator<SocketCount> {
  let lines: string[];
  try {
    lines = readLines(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const line of lines) {
    const [protocol = "", ...pairs] = fieldsOf(line);
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      yield { protocol: protocol.replace(/:$/, ""), field: pairs[i] as string, value: Number(pairs[i + 1]) };
    }
  }
}
