// /proc/net/netstat, snmp and snmp6: counters of the network stack whose names match a flag.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { searchPattern } from "../device-choice.js";
import { untyped } from "../families.js";
import { fieldsOf, isMissing, readLines } from "../files.js";

const fieldsFlag = "collector.netstat.fields";

const fieldsDefault =
  "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|" +
  "TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|" +
  "Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|" +
  "Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";

const flags = {
  [fieldsFlag]: stringFlag(fieldsDefault, "Regular expression of the fields to report."),
};

type NetCounter = { readonly protocol: string; readonly field: string; readonly value: string };

export const netstat: Collector = defineCollector({
  name: "netstat",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const isChosen = searchPattern(values[fieldsFlag], fieldsFlag);
    return (table) => {
      const counters = [
        ...pairedLines(readLines(paths.proc("net/netstat"))),
        ...pairedLines(readLines(paths.proc("net/snmp"))),
        ...singleLines(paths.proc("net/snmp6")),
      ];
      for (const { protocol, field, value } of counters) {
        const key = `${protocol}_${field}`;
        if (isChosen(key)) table.add(untyped(`node_netstat_${key}`, `Counter ${field} of ${protocol}.`), Number(value));
      }
    };
  },
});

// Two lines each, "Tcp: names…" and "Tcp: values…".
function* pairedLines(lines: readonly string[]): Generator<NetCounter> {
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = fieldsOf(lines[i] as string);
    const values = fieldsOf(lines[i + 1] as string);
    if (names[0] !== values[0] || names.length !== values.length) throw new Error(`lines do not pair: ${lines[i]}`);
    const protocol = (names[0] as string).replace(/:$/, "");
    for (let k = 1; k < names.length; k++) {
      yield { protocol, field: names[k] as string, value: values[k] as string };
    }
  }
}

const snmp6Form = /^(Icmp|Ip|Udp|UdpLite)6(.+)$/;

// "Ip6InReceives 7"; missing where IPv6 is off.
function* singleLines(path: string): Generator<NetCounter> {
  let lines: string[];
  try {
    lines = readLines(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const line of lines) {
    const [name = "", value = ""] = fieldsOf(line);
    const [, protocol, field] = snmp6Form.exec(name) ?? [];
    if (protocol !== undefined) yield { protocol: `${protocol}6`, field: field as string, value };
  }
}
