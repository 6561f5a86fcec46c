// /sys/class/net: what the network devices are and how they stand.
import { booleanFlag, stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { searchPattern } from "../device-choice.js";
import { counter, type FamilyTable, gauge, type MetricSpec } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const up = gauge("node_network_up", "Whether the device is up.");
const info = gauge("node_network_info", "What sysfs says about the device, in labels; always 1.");
const speed = gauge("node_network_speed_bytes", "Speed of the link, in bytes per second.");

const isUp = 0x1;
// The kernel says megabits per second.
const bytesPerMegabit = 1_000_000 / 8;

const properties: readonly (readonly [file: string, spec: MetricSpec])[] = [
  ["addr_assign_type", gauge("node_network_address_assign_type", "How the device came by its address.")],
  ["carrier", gauge("node_network_carrier", "Whether the link is there.")],
  ["carrier_changes", counter("node_network_carrier_changes_total", "Times the link came or went.")],
  ["carrier_up_count", counter("node_network_carrier_up_changes_total", "Times the link came.")],
  ["carrier_down_count", counter("node_network_carrier_down_changes_total", "Times the link went.")],
  ["dev_id", gauge("node_network_device_id", "Number that tells devices of one link apart.")],
  ["dormant", gauge("node_network_dormant", "Whether the device waits for something, as a login.")],
  ["flags", gauge("node_network_flags", "Flags of the device, a sum of bits.")],
  ["ifindex", gauge("node_network_iface_id", "The kernel's number of the device.")],
  ["iflink", gauge("node_network_iface_link", "Number of the device below this one.")],
  ["link_mode", gauge("node_network_iface_link_mode", "Policy for the operational state.")],
  ["mtu", gauge("node_network_mtu_bytes", "Largest packet that the device carries.")],
  ["name_assign_type", gauge("node_network_name_assign_type", "How the device came by its name.")],
  ["netdev_group", gauge("node_network_net_dev_group", "Group of the device.")],
  ["tx_queue_len", gauge("node_network_transmit_queue_length", "Packets that the send queue can hold.")],
  ["type", gauge("node_network_protocol_type", "ARP protocol number of the device.")],
];

const flags = {
  "collector.netclass.ignored-devices": stringFlag("^$", "Regular expression of devices to leave out."),
  "collector.netclass.ignore-invalid-speed": booleanFlag(false, "Leave out speeds that cannot be."),
  "collector.netclass.netlink": booleanFlag(false, "Accepted for compatibility; sysfs is read."),
  "collector.netclass_rtnl.with-stats": booleanFlag(false, "Accepted for compatibility; sysfs is read."),
};

export const netclass: Collector = defineCollector({
  name: "netclass",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const isIgnored = searchPattern(values["collector.netclass.ignored-devices"], "collector.netclass.ignored-devices");
    const isInvalidKept = !values["collector.netclass.ignore-invalid-speed"];
    return (table) => {
      for (const device of listFolder(paths.sys("class/net")) ?? []) {
        const folder = paths.sys(`class/net/${device}`);
        // bonding_masters is a file between the devices.
        if (isIgnored(device) || listFolder(folder) === undefined) continue;
        addDevice(table, folder, device);
        const megabits = readNumber(`${folder}/speed`);
        if (megabits === undefined || !(megabits >= 0 || isInvalidKept)) continue;
        table.add(speed, megabits * bytesPerMegabit, { device });
      }
    };
  },
});

function addDevice(table: FamilyTable, folder: string, device: string): void {
  const attribute = (name: string): string => readAttribute(`${folder}/${name}`) ?? "";
  const operstate = attribute("operstate");
  const deviceFlags = readNumber(`${folder}/flags`) ?? 0;
  table.add(up, operstate === "up" ? 1 : 0, { device });
  table.add(info, 1, {
    device,
    address: attribute("address"),
    broadcast: attribute("broadcast"),
    duplex: attribute("duplex"),
    operstate,
    adminstate: (deviceFlags & isUp) !== 0 ? "up" : "down",
    ifalias: attribute("ifalias"),
  });
  for (const [file, spec] of properties) {
    const value = readNumber(`${folder}/${file}`);
    if (value !== undefined) table.add(spec, value, { device });
  }
}
