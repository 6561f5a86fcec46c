// /proc/net/dev: traffic of the network devices.
// Differs: upstream asks the kernel by netlink, which Node cannot; the counters are the same, those of netlink that
// /proc/net/dev sums up (receive_nohandler) are read from sysfs.
import { booleanFlag, stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { deviceChoice } from "../device-choice.js";
import { counter, gauge, type MetricSpec } from "../families.js";
import { fieldsOf, listFolder, readAttribute, readLines, readNumber } from "../files.js";
import { interfaceAddresses } from "../interface-addresses.js";

const flags = {
  "collector.netdev.device-include": stringFlag("", "Regular expression of network devices to report."),
  "collector.netdev.device-exclude": stringFlag("", "Regular expression of network devices to leave out."),
  "collector.netdev.address-info": booleanFlag(false, "Report the addresses of each device."),
  "collector.netdev.enable-detailed-metrics": booleanFlag(
    false,
    "Report the detailed counters of the kernel under their own names.",
  ),
  "collector.netdev.netlink": booleanFlag(true, "Accepted for compatibility; counters are read from procfs."),
  "collector.netdev.label-ifalias": booleanFlag(false, "Add a label with the alias of the device."),
};

const addressInfo = gauge("node_network_address_info", "Addresses of the network devices, in labels; always 1.");

// Columns of /proc/net/dev behind the device's name.
const columns: readonly string[] = [
  "receive_bytes",
  "receive_packets",
  "receive_errs",
  "receive_drop",
  "receive_fifo",
  "receive_frame",
  "receive_compressed",
  "receive_multicast",
  "transmit_bytes",
  "transmit_packets",
  "transmit_errs",
  "transmit_drop",
  "transmit_fifo",
  "transmit_colls",
  "transmit_carrier",
  "transmit_compressed",
];

export const netdev: Collector = defineCollector({
  name: "netdev",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const isChosen = deviceChoice({
      include: values["collector.netdev.device-include"],
      exclude: values["collector.netdev.device-exclude"],
      flag: "collector.netdev.device",
    });
    const isDetailed = values["collector.netdev.enable-detailed-metrics"];
    const hasAlias = values["collector.netdev.label-ifalias"];
    return (table) => {
      for (const line of readLines(paths.proc("net/dev")).slice(2)) {
        const at = line.lastIndexOf(":");
        const device = line.slice(0, at).trim();
        if (at < 0 || !isChosen(device)) continue;
        const folder = paths.sys(`class/net/${device}`);
        const labels = hasAlias ? { device, ifalias: readAttribute(`${folder}/ifalias`) ?? "" } : { device };
        const counters = isDetailed ? detailedCounters(folder) : summedCounters(line.slice(at + 1), folder);
        for (const [name, value] of counters) table.add(specOf(name), value, labels);
      }
      if (!values["collector.netdev.address-info"]) return;
      for (const labels of interfaceAddresses()) if (isChosen(labels.device)) table.add(addressInfo, 1, labels);
    };
  },
});

const specs = new Map<string, MetricSpec>();

function specOf(name: string): MetricSpec {
  let spec = specs.get(name);
  if (spec === undefined) {
    spec = counter(`node_network_${name}_total`, `Network device counter ${name}.`);
    specs.set(name, spec);
  }
  return spec;
}

function* summedCounters(amounts: string, folder: string): Generator<[name: string, value: number]> {
  for (const [i, amount] of fieldsOf(amounts).entries()) yield [columns[i] ?? `column_${i}`, Number(amount)];
  const noHandler = readNumber(`${folder}/statistics/rx_nohandler`);
  if (noHandler !== undefined) yield ["receive_nohandler", noHandler];
}

// The kernel's own names, with rx and tx in full.
function* detailedCounters(folder: string): Generator<[name: string, value: number]> {
  for (const file of listFolder(`${folder}/statistics`) ?? []) {
    const value = readNumber(`${folder}/statistics/${file}`);
    if (value !== undefined) yield [file.replace(/^rx_/, "receive_").replace(/^tx_/, "transmit_"), value];
  }
}
