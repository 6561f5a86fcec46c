// /sys/class/net/bonding_masters: bonded network devices, and how many of their parts have a link.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, readAttribute } from "../files.js";

const slaves = gauge("node_bonding_slaves", "Devices of the bond.");
const active = gauge("node_bonding_active", "Devices of the bond that have a link.");

export const bonding: Collector = defineCollector({
  name: "bonding",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const masters = readAttribute(paths.sys("class/net/bonding_masters"));
      if (masters === undefined) throw new NoDataError("the machine has no bonded devices");
      for (const master of fieldsOf(masters)) {
        const folder = paths.sys(`class/net/${master}`);
        const names = fieldsOf(readAttribute(`${folder}/bonding/slaves`) ?? "");
        const status = (name: string): string | undefined =>
          readAttribute(`${folder}/lower_${name}/bonding_slave/mii_status`) ??
          // Before Linux 3.13.
          readAttribute(`${folder}/slave_${name}/bonding_slave/mii_status`);
        table.add(slaves, names.length, { master });
        table.add(active, names.filter((name) => status(name) === "up").length, { master });
      }
    };
  },
});
