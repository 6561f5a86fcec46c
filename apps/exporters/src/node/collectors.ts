// All collectors of the node exporter.
import type { Collector } from "./collector.js";
import { arp } from "./collectors/arp.js";
import { bonding } from "./collectors/bonding.js";
import { buddyinfo } from "./collectors/buddyinfo.js";
import { cgroups } from "./collectors/cgroups.js";
import { conntrack } from "./collectors/conntrack.js";
import { cpu } from "./collectors/cpu.js";
import { cpuVulnerabilities } from "./collectors/cpu-vulnerabilities.js";
import { cpufreq } from "./collectors/cpufreq.js";
import { diskstats } from "./collectors/diskstats.js";
import { edac } from "./collectors/edac.js";
import { entropy } from "./collectors/entropy.js";
import { filefd } from "./collectors/filefd.js";
import { filesystem } from "./collectors/filesystem.js";
import { hwmon } from "./collectors/hwmon.js";
import { interrupts } from "./collectors/interrupts.js";
import { kernelHung } from "./collectors/kernel-hung.js";
import { ksmd } from "./collectors/ksmd.js";
import { lnstat } from "./collectors/lnstat.js";
import { loadavg } from "./collectors/loadavg.js";
import { mdadm } from "./collectors/mdadm.js";
import { meminfo } from "./collectors/meminfo.js";
import { meminfoNuma } from "./collectors/meminfo-numa.js";
import { netclass } from "./collectors/netclass.js";
import { netdev } from "./collectors/netdev.js";
import { netstat } from "./collectors/netstat.js";
import { nvme } from "./collectors/nvme.js";
import { os } from "./collectors/os.js";
import { powersupplyclass } from "./collectors/powersupplyclass.js";
import { pressure } from "./collectors/pressure.js";
import { processes } from "./collectors/processes.js";
import { rapl } from "./collectors/rapl.js";
import { schedstat } from "./collectors/schedstat.js";
import { slabinfo } from "./collectors/slabinfo.js";
import { sockstat } from "./collectors/sockstat.js";
import { softirqs } from "./collectors/softirqs.js";
import { softnet } from "./collectors/softnet.js";
import { stat } from "./collectors/stat.js";
import { textfile } from "./collectors/textfile.js";
import { thermalZone } from "./collectors/thermal-zone.js";
import { time } from "./collectors/time.js";
import { udpQueues } from "./collectors/udp-queues.js";
import { uname } from "./collectors/uname.js";
import { vmstat } from "./collectors/vmstat.js";
import { watchdog } from "./collectors/watchdog.js";
import { xfrm } from "./collectors/xfrm.js";

export const collectors: readonly Collector[] = [
  arp,
  bonding,
  buddyinfo,
  cgroups,
  conntrack,
  cpu,
  cpuVulnerabilities,
  cpufreq,
  diskstats,
  edac,
  entropy,
  filefd,
  filesystem,
  hwmon,
  interrupts,
  kernelHung,
  ksmd,
  lnstat,
  loadavg,
  mdadm,
  meminfo,
  meminfoNuma,
  netclass,
  netdev,
  netstat,
  nvme,
  os,
  powersupplyclass,
  pressure,
  processes,
  rapl,
  schedstat,
  slabinfo,
  sockstat,
  softirqs,
  softnet,
  stat,
  textfile,
  thermalZone,
  time,
  udpQueues,
  uname,
  vmstat,
  watchdog,
  xfrm,
];
