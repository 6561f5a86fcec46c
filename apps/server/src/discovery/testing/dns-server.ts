// A DNS server for tests: answers over UDP from a table of records (RFC 1035, RFC 2782, RFC 3596).
import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";

export type ZoneRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "NS" | "CNAME"; readonly target: string }
  | { readonly type: "MX"; readonly target: string; readonly priority: number }
  | { readonly type: "SRV"; readonly target: string; readonly port: number };

/** By name without its last dot. A name with an empty list is there, without such a record. */
export type Zone = Record<string, readonly ZoneRecord[] | "servfail">;

const typeNumbers = { A: 1, NS: 2, CNAME: 5, MX: 15, AAAA: 28, SRV: 33 } as const;
const responseCodes = { noError: 0, serverFailure: 2, nameError: 3 } as const;

export class DnsServer {
  readonly zone: Zone;
  readonly asked: string[] = [];
  readonly #socket: Socket = createSocket("udp4");

  private constructor(zone: Zone) {
    this.zone = zone;
    this.#socket.on("message", (query, from) => this.#socket.send(this.#answer(query), from.port, from.address));
  }

  static async open(zone: Zone): Promise<DnsServer> {
    const server = new DnsServer(zone);
    await new Promise<void>((resolve) => server.#socket.bind(0, "127.0.0.1", resolve));
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer {
    const { name, type, end } = readQuestion(query);
    this.asked.push(name);
    const held = this.zone[name.toLowerCase()];
    if (held === undefined) return message(query, { end, code: responseCodes.nameError, answers: [] });
    if (held === "servfail") return message(query, { end, code: responseCodes.serverFailure, answers: [] });
    const answers = held.filter((record) => typeNumbers[record.type] === type || record.type === "CNAME");
    return message(query, { end, code: responseCodes.noError, answers });
  }
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

type Reply = { readonly end: number; readonly code: number; readonly answers: readonly ZoneRecord[] };

function message(query: Buffer, { end, code, answers }: Reply): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // Response, authoritative, recursion desired and available.
  header.writeUInt16BE(0x8580 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, query.subarray(12, end), ...answers.map(resource)]);
}

/** Its name is a pointer to the question's. */
function resource(record: ZoneRecord): Buffer {
  const data = dataOf(record);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(typeNumbers[record.type], 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf(record: ZoneRecord): Buffer {
  if ("address" in record) {
    return record.type === "A" ? Buffer.from(record.address.split(".").map(Number)) : addressBytes(record.address);
  }
  if (record.type === "MX") return Buffer.concat([numbers(record.priority), nameBytes(record.target)]);
  if (record.type === "SRV") return Buffer.concat([numbers(1, 1, record.port), nameBytes(record.target)]);
  return nameBytes(record.target);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => {
    bytes.writeUInt16BE(value, i * 2);
  });
  return bytes;
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function addressBytes(address: string): Buffer {
  const [left = "", right = ""] = address.split("::");
  const words = (text: string): number[] =>
    text
      .split(":")
      .filter((word) => word !== "")
      .map((word) => Number.parseInt(word, 16));
  const [before, after] = [words(left), words(right)];
  return numbers(...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after);
}
