// Name and release of the running kernel, from /proc/sys/kernel, where it stands as uname(2) has it.
import { machine } from "node:os";
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { readAttribute } from "../files.js";

const info = gauge("node_uname_info", "What uname(2) says about the machine, in labels; always 1.");

export const uname: Collector = defineCollector({
  name: "uname",
  isDefault: true,
  open: ({ paths }) => {
    const kernel = (name: string): string => readAttribute(paths.proc(`sys/kernel/${name}`)) ?? "";
    return (table) => {
      table.add(info, 1, {
        sysname: kernel("ostype"),
        release: kernel("osrelease"),
        version: kernel("version"),
        machine: machine(),
        nodename: kernel("hostname"),
        domainname: kernel("domainname"),
      });
    };
  },
});
