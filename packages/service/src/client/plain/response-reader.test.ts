import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.js";
import { headBytesMax, headerCountMax, type ResponseBounds, ResponseReader } from "./response-reader.js";

const bounds: ResponseBounds = { method: "GET", bodyBytesMax: 1000 };

/** What came out: `status body`, `+` for a connection that may be used again, `?n` for n bytes too many. */
function read(pieces: readonly Buffer[], given: ResponseBounds): string {
  const reader = new ResponseReader(new BufferPool(), given);
  let rest = 0;
  for (const piece of pieces) rest += piece.length - reader.push(piece, piece.length);
  if (!reader.isDone) reader.finish();
  const again = reader.isPersistent ? " +" : "";
  return `${reader.meaning?.head.status} ${reader.body.view().toString("latin1")}${again}${rest > 0 ? ` ?${rest}` : ""}`;
}

function outcome(pieces: readonly Buffer[], given: ResponseBounds): string {
  try {
    return read(pieces, given);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whole, cut at every byte, and byte by byte: always the same. */
function check(text: string, expected: string, given: Partial<ResponseBounds> = {}): void {
  const bytes = Buffer.from(text, "latin1");
  const all = { ...bounds, ...given };
  expect(outcome([bytes], all)).toBe(expected);
  expect(
    outcome(
      Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
      all,
    ),
  ).toBe(expected);
  if (bytes.length > 2000) return;
  for (let cut = 1; cut < bytes.length; cut++) {
    expect(outcome([bytes.subarray(0, cut), bytes.subarray(cut)], all)).toBe(expected);
  }
}

const bad = (what: string): string => `malformed HTTP response: ${what}`;

describe("where a response ends", () => {
  it.each<[string, string, Partial<ResponseBounds>?]>([
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello +"],
    ["HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", "200  +"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: foo, Close\r\n\r\nhello", "200 hello"],
    ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello"],
    ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "200 hello +"],
    ["HTTP/1.1 200 OK\r\n\r\nup to the end", "200 up to the end"],
    [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n',
      "200 abc0123456789 +",
    ],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n00\r\nX-Sum: 1\r\n\r\n", "200 a +"],
    ["HTTP/1.1 204 No Content\r\n\r\n", "204  +"],
    ["HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304  +"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "200  +", { method: "HEAD" }],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
      "200 x +",
    ],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "200 ok + ?17"],
  ])("%j", check);
});

it("a body that nobody will look at is not waited for", () => {
  const leavesBody: ResponseBounds["leavesBody"] = ({ status }) => status === 302;
  check("HTTP/1.1 302 Found\r\nContent-Length: 9999999\r\n\r\n", "302 ", { leavesBody });
  check("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "302  +", { leavesBody });
  check("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "200 x +", { leavesBody });
});

describe("what is no response", () => {
  it.each<[string, string, Partial<ResponseBounds>?]>([
    ["", bad("the connection ended before the response did")],
    ["SSH-2.0-OpenSSH_9.2\r\n", bad('bad status line "SSH-2.0-OpenSSH_9.2"')],
    ["HTTP/2.0 200 OK\r\n\r\n", bad('bad status line "HTTP/2.0 200 OK"')],
    ["HTTP/1.1  200 OK\r\n\r\n", bad('bad status line "HTTP/1.1  200 OK"')],
    ["HTTP/1.1 20 OK\r\n\r\n", bad('bad status line "HTTP/1.1 20 OK"')],
    ["HTTP/1.1 2000 OK\r\n\r\n", bad('bad status line "HTTP/1.1 2000 OK"')],
    ["HTTP/1.1 200 O\x00K\r\n\r\n", bad('bad status line "HTTP/1.1 200 O\\u0000K"')],
    ["HTTP/1.1 200 OK\n\n", bad("a line does not end in CR LF")],
    ["HTTP/1.1 200 OK\r\na : b\r\n\r\n", bad('bad header line "a : b"')],
    ["HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", bad('bad header line " c"')],
    ["HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n", bad('bad header line "a: b\\rc"')],
    ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", bad('bad header line "no colon"')],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", bad("repeated content-length")],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", bad('content-length "5, 5"')],
    ["HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", bad('content-length "+5"')],
    [
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      bad("both content-length and transfer-encoding"),
    ],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", bad('transfer-encoding "gzip, chunked"')],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
      bad('bad header line "Transfer-Encoding: \\u000bchunked"'),
    ],
    ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bad('transfer-encoding "chunked"')],
    ["HTTP/1.1 101 Switching Protocols\r\n\r\n", bad("an upgrade that nobody asked for")],
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(6), bad("too many 1xx responses")],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", bad("the connection ended before the response did")],
  ])("%j", check);
});

describe("bad chunks", () => {
  it.each([
    ["-1\r\n", bad('chunk size "-1"')],
    ["0x1\r\na\r\n", bad('chunk size "0x1"')],
    ["\r\n", bad('chunk size ""')],
    ["1 1\r\n", bad('chunk size "1 1"')],
    ["fffffffffffff\r\n", bad('chunk size "fffffffffffff"')],
    ["1\r\nab\r\n", bad("a chunk is longer than its size")],
    ["1\r\na\n", bad("a line does not end in CR LF")],
    ["1\na\r\n", bad("a line does not end in CR LF")],
    ["1\r\na\r\n", bad("the connection ended before the response did")],
    ["0\r\n", bad("the connection ended before the response did")],
    ["0\r\nbad trailer\r\n\r\n", bad('bad header line "bad trailer"')],
    [`1;${"x".repeat(5000)}\r\n`, bad("chunk size too long")],
  ])("%j", (chunks, expected) => check(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`, expected));
});

describe("bounds", () => {
  const line = (n: number): string => `x-${n}: y\r\n`;
  it("of the head's bytes", () => {
    check(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(headBytesMax)}`, bad("header too long"));
  });
  it("of headers", () => {
    const headers = Array.from({ length: headerCountMax + 1 }, (_, n) => line(n)).join("");
    check(`HTTP/1.1 200 OK\r\n${headers}`, bad("too many headers"));
  });
  it("of a stated length, before any byte of it", () => {
    check("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "body longer than 1000 bytes");
  });
  it("of chunks", () => {
    const chunk = `1f4\r\n${"x".repeat(500)}\r\n`;
    check(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}1\r\n`, "body longer than 1000 bytes");
  });
  it("of a body that ends with the connection", () => {
    check(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1001)}`, "body longer than 1000 bytes");
  });
});

it("headers are as node:http gives them", () => {
  const reader = new ResponseReader(new BufferPool(), bounds);
  const lines = [
    "A: 1",
    "a: 2  ",
    "Set-Cookie: x",
    "set-cookie: y",
    "Content-Type: a",
    "content-type: b",
    "__proto__: z",
  ];
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`);
  reader.push(bytes, bytes.length);
  const headers = {
    a: "1, 2",
    "set-cookie": ["x", "y"],
    "content-type": "a",
    ["__proto__"]: "z",
    "content-length": "0",
  };
  expect({ ...reader.meaning?.head.headers }).toEqual(headers);
});
