// A mail server that notes down what it is handed. Speaks as much SMTP as clients need; no TLS.

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

export interface ReceivedMail {
  readonly commands: readonly string[];
  readonly data: string;
}

export interface SmtpSink {
  readonly address: string;
  readonly mails: ReceivedMail[];
  /** Resolves with the next mail. */
  next(): Promise<ReceivedMail>;
  close(): Promise<void>;
}

export interface SmtpSinkOptions {
  /** Lines of the EHLO answer after the first. */
  readonly extensions?: readonly string[];
  /** Refuses recipients with this reply. */
  readonly refusal?: string;
}

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const mails: ReceivedMail[] = [];
  const waiting: ((mail: ReceivedMail) => void)[] = [];
  const server = createServer((socket) =>
    converse(socket, options, (mail) => {
      mails.push(mail);
      waiting.shift()?.(mail);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    mails,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function converse(socket: Socket, options: SmtpSinkOptions, onMail: (mail: ReceivedMail) => void): void {
  const commands: string[] = [];
  let data: string[] | undefined;
  let buffered = "";
  const reply = (...lines: string[]): void => void socket.write(`${lines.join("\r\n")}\r\n`);
  const answers: Record<string, () => void> = {
    EHLO: () => {
      const lines = ["sink", ...(options.extensions ?? ["AUTH PLAIN LOGIN CRAM-MD5"])];
      reply(...lines.map((line, i) => `250${i === lines.length - 1 ? " " : "-"}${line}`));
    },
    AUTH: () => reply("235 welcome"),
    RCPT: () => reply(options.refusal ?? "250 fine"),
    DATA: () => {
      data = [];
      reply("354 go on");
    },
    STARTTLS: () => reply("502 not here"),
    QUIT: () => socket.end("221 bye\r\n"),
  };
  const take = (line: string): void => {
    if (data && line === ".") {
      onMail({ commands: [...commands], data: data.join("\n") });
      data = undefined;
      reply("250 taken");
    } else if (data) data.push(line);
    else {
      commands.push(line);
      (answers[line.split(" ")[0]?.toUpperCase() ?? ""] ?? (() => reply("250 fine")))();
    }
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const lines = (buffered + chunk.toString("utf8")).split("\r\n");
    buffered = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  reply("220 sink");
}
