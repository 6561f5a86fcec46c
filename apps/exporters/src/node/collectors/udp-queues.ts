// /proc/net/udp and udp6: bytes that wait in the queues of UDP sockets.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, isMissing, readLines } from "../files.js";

const queues = gauge("node_udp_queues", "Bytes in the queues of all UDP sockets.");

const files = [
  ["v4", "net/udp"],
  ["v6", "net/udp6"],
] as const;

export const udpQueues: Collector = defineCollector({
  name: "udp_queues",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      let isPresent = false;
      for (const [ip, file] of files) {
        const sums = queueSums(paths.proc(file));
        if (sums === undefined) continue;
        isPresent = true;
        table.add(queues, sums.send, { queue: "tx", ip });
        table.add(queues, sums.receive, { queue: "rx", ip });
      }
      if (!isPresent) throw new NoDataError("the kernel has no UDP");
    };
  },
});

function queueSums(path: string): { send: number; receive: number } | undefined {
  try {
    const sums = { send: 0, receive: 0 };
    for (const line of readLines(path).slice(1)) {
      const [send = "", receive = ""] = fieldsOf(line)[4]?.split(":") ?? [];
      sums.send += Number.parseInt(send, 16);
      sums.receive += Number.parseInt(receive, 16);
    }
    return sums;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
