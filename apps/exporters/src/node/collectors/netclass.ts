// /sys/class/net: what the network devices are and how they stand.
import { booleanFlag, stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { searchPattern } from "../device-choice.js";
import { counter, type FamilyTable, gauge, type MetricSpec } from "../families.js";
import { listFolder, parseNumber, readAttribute, readNumber } from "../files.js";

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
    const flag = "collector.netclass.ignored-devices";
    const isIgnored = searchPattern(values[flag], flag);
    const isInvalidKept = !values["collector.netclass.ignore-invalid-speed"];
    return (table) => {
      for (const device of listFolder(paths.sys("class/net")) ?? []) {
        if (isIgnored(device)) continue;
        const folder = paths.sys(`class/net/${device}`);
        // bonding_masters is a file between the devices.
        const present = listFolder(folder);
        if (present !== undefined) addDevice(table, { device, folder, present: new Set(present), isInvalidKept });
      }
    };
  },
});

type Device = {
  readonly device: string;
  readonly folder: string;
  /** Files in the folder: asking for one that is missing costs more than reading one that is there. */
  readonly present: ReadonlySet<string>;
  readonly isInvalidKept: boolean;
};

// The kernel refuses these for a device that is down; not asking saves the refusal.
const onlyWhenUp: ReadonlySet<string> = new Set(["carrier", "dormant", "duplex", "speed"]);

function addDevice(table: FamilyTable, { device, folder, present, isInvalidKept }: Device): void {
  const deviceFlags = readNumber(`${folder}/flags`) ?? 0;
  const isAdminUp = (deviceFlags & isUp) !== 0;
  const attribute = (name: string): string => {
    if (!present.has(name) || (!isAdminUp && onlyWhenUp.has(name))) return "";
    return readAttribute(`${folder}/${name}`) ?? "";
  };
  const operstate = attribute("operstate");
  table.add(up, operstate === "up" ? 1 : 0, { device });
  table.add(info, 1, {
    device,
    address: attribute("address"),
    broadcast: attribute("broadcast"),
    duplex: attribute("duplex"),
    operstate,
    adminstate: isAdminUp ? "up" : "down",
    ifalias: attribute("ifalias"),
  });
  for (const [file, spec] of properties) {
    const value = parseNumber(attribute(file));
    if (value !== undefined) table.add(spec, value, { device });
  }
  const megabits = parseNumber(attribute("speed"));
  if (megabits !== undefined && (megabits >= 0 || isInvalidKept)) {
    table.add(speed, megabits * bytesPerMegabit, { device });
  }
}
