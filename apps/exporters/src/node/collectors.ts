// All collectors of the node exporter.
import type { Collector } from "./collector.js";
import { arp } from "./collectors/arp.js";
import { conntrack } from "./collectors/conntrack.js";
import { cpu } from "./collectors/cpu.js";
import { cpufreq } from "./collectors/cpufreq.js";
import { diskstats } from "./collectors/diskstats.js";
import { entropy } from "./collectors/entropy.js";
import { filefd } from "./collectors/filefd.js";
import { filesystem } from "./collectors/filesystem.js";
import { loadavg } from "./collectors/loadavg.js";
import { meminfo } from "./collectors/meminfo.js";
import { netclass } from "./collectors/netclass.js";
import { netdev } from "./collectors/netdev.js";
import { netstat } from "./collectors/netstat.js";
import { os } from "./collectors/os.js";
import { pressure } from "./collectors/pressure.js";
import { schedstat } from "./collectors/schedstat.js";
import { sockstat } from "./collectors/sockstat.js";
import { softnet } from "./collectors/softnet.js";
import { stat } from "./collectors/stat.js";
import { thermalZone } from "./collectors/thermal-zone.js";
import { time } from "./collectors/time.js";
import { uname } from "./collectors/uname.js";
import { vmstat } from "./collectors/vmstat.js";

export const collectors: readonly Collector[] = [
  arp,
  conntrack,
  cpu,
  cpufreq,
  diskstats,
  entropy,
  filefd,
  filesystem,
  loadavg,
  meminfo,
  netclass,
  netdev,
  netstat,
  os,
  pressure,
  schedstat,
  sockstat,
  softnet,
  stat,
  thermalZone,
  time,
  uname,
  vmstat,
];
