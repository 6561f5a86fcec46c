// /sys/class/nvme: controllers and their namespaces.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { type FamilyTable, gauge } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const info = gauge("node_nvme_info", "What sysfs says about the controller, in labels; always 1.");
const namespaceInfo = gauge("node_nvme_namespace_info", "State of the namespace, in labels; always 1.");
const capacity = gauge("node_nvme_namespace_capacity_bytes", "Capacity of the namespace.");
const size = gauge("node_nvme_namespace_size_bytes", "Size of the namespace.");
const used = gauge("node_nvme_namespace_used_bytes", "Used space of the namespace.");
const blockSize = gauge("node_nvme_namespace_logical_block_size_bytes", "Size of a logical block.");

export const nvme: Collector = defineCollector({
  name: "nvme",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const devices = listFolder(paths.sys("class/nvme"));
      if (devices === undefined) throw new NoDataError("the machine has no NVMe");
      for (const device of devices) addController(table, paths.sys(`class/nvme/${device}`), device);
    };
  },
});

function addController(table: FamilyTable, folder: string, device: string): void {
  const attribute = (name: string): string => readAttribute(`${folder}/${name}`) ?? "";
  table.add(info, 1, {
    device,
    firmware_revision: attribute("firmware_rev"),
    model: attribute("model"),
    serial: attribute("serial"),
    state: attribute("state"),
    cntlid: attribute("cntlid"),
  });
  for (const entry of listFolder(folder) ?? []) {
    // nvme0n1, or with multipath nvme0c0n1.
    const nsid = /^nvme\d+(?:c\d+)?n(\d+)$/.exec(entry)?.[1];
    if (nsid !== undefined) addNamespace(table, `${folder}/${entry}`, { device, nsid });
  }
}

function addNamespace(table: FamilyTable, folder: string, labels: { device: string; nsid: string }): void {
  table.add(namespaceInfo, 1, { ...labels, ana_state: readAttribute(`${folder}/ana_state`) ?? "unknown" });
  const sectors = readNumber(`${folder}/size`);
  const block = readNumber(`${folder}/queue/logical_block_size`);
  const usedBlocks = readNumber(`${folder}/nuse`);
  if (block === undefined || sectors === undefined) return;
  // Prometheus: the size file is taken for logical blocks.
  table.add(capacity, sectors * block, labels);
  table.add(size, sectors * block, labels);
  table.add(blockSize, block, labels);
  if (usedBlocks !== undefined) table.add(used, usedBlocks * block, labels);
}
