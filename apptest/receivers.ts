// What notifications arrive at: an HTTP server that keeps the bodies posted to it, by path.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type WebhookAlert = {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

export type WebhookBody = {
  readonly version: string;
  readonly status: "firing" | "resolved";
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly WebhookAlert[];
};

export type SlackBody = {
  readonly channel?: string;
  readonly attachments: readonly {
    readonly title: string;
    readonly text: string;
    readonly color: string;
    readonly fallback: string;
  }[];
};

export class Receiver {
  readonly #bodies = new Map<string, unknown[]>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => {
      // Whoever looks for metrics on this machine's ports asks here too.
      if (request.method === "GET") return void response.writeHead(404).end();
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        const path = request.url as string;
        this.#bodies.set(path, [...(this.#bodies.get(path) ?? []), JSON.parse(text)]);
        response.end("ok");
      });
    });
  }

  static async listen(): Promise<Receiver> {
    const receiver = new Receiver(createServer());
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  webhooks(): WebhookBody[] {
    return (this.#bodies.get("/webhook") ?? []) as WebhookBody[];
  }

  slacks(): SlackBody[] {
    return (this.#bodies.get("/slack") ?? []) as SlackBody[];
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
