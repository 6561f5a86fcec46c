// /proc/net/netstat, snmp and snmp6: counters of the network stack whose names match a flag.
import { stringFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { searchPattern } from "../device-choice.js";
import { type FamilyTable, type MetricSpec, untyped } from "../families.js";
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

export const netstat: Collector = defineCollector({
  name: "netstat",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    const isChosen = searchPattern(values[fieldsFlag], fieldsFlag);
    const choices = new Map<string, readonly Choice[]>();
    // The kernel's line of names is the same at every scrape: what of it is chosen is decided once.
    const choicesOf = (names: string): readonly Choice[] => {
      const known = choices.get(names);
      if (known !== undefined) return known;
      const chosen = chooseColumns(names, isChosen);
      choices.set(names, chosen);
      return chosen;
    };
    return (table) => {
      for (const file of ["net/netstat", "net/snmp"]) {
        const lines = readLines(paths.proc(file));
        for (let i = 0; i + 1 < lines.length; i += 2)
          addPair(table, lines[i + 1] as string, choicesOf(lines[i] as string));
      }
      for (const line of snmp6Lines(paths.proc("net/snmp6"))) {
        const [name = "", value = ""] = fieldsOf(line);
        const [, protocol, field = ""] = snmp6Form.exec(name) ?? [];
        const key = `${protocol}6_${field}`;
        if (protocol !== undefined && isChosen(key)) table.add(specOf(key), Number(value));
      }
    };
  },
});

type Choice = { readonly column: number; readonly spec: MetricSpec };

function specOf(key: string): MetricSpec {
  return untyped(`node_netstat_${key}`, `Counter ${key} of the network stack.`);
}

// "Tcp: ActiveOpens …" names the columns of the next line, "Tcp: 12 …".
function chooseColumns(names: string, isChosen: (key: string) => boolean): Choice[] {
  const [protocol = "", ...fields] = fieldsOf(names);
  return fields
    .map((field, i) => ({ column: i + 1, key: `${protocol.replace(/:$/, "")}_${field}` }))
    .filter(({ key }) => isChosen(key))
    .map(({ column, key }) => ({ column, spec: specOf(key) }));
}

function addPair(table: FamilyTable, line: string, choices: readonly Choice[]): void {
  if (choices.length === 0) return;
  const values = line.split(" ");
  for (const { column, spec } of choices) {
    const value = values[column];
    if (value === undefined) throw new Error(`line without a value for ${spec.name}: ${line}`);
    table.add(spec, Number(value));
  }
}

const snmp6Form = /^(Icmp|Ip|Udp|UdpLite)6(.+)$/;

// Missing where IPv6 is off.
function snmp6Lines(path: string): string[] {
  try {
    return readLines(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
