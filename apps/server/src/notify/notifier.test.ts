// Alerts on their way to real servers that stand for Alertmanagers.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "@narthex/client";
import { labelsFrom } from "@narthex/model";
import { createLogger, parseYamlFile } from "@narthex/service";
import { describe, expect, onTestFinished, test } from "vitest";
import { alertingSection, completeAlerting } from "../config/alerting.js";
import type { DiscoveredTargets } from "../discovery/provider.js";
import type { OutgoingAlert } from "../rules/sending.js";
import { Notifier, type NotifierOptions, sectionName } from "./notifier.js";

type Posted = { readonly labels: Readonly<Record<string, string>> };

class Receiver {
  /** One list for each request. */
  readonly batches: Posted[][] = [];
  /** Requests that nobody has answered yet. */
  readonly open: ServerResponse[] = [];
  isHeld = false;
  address = "";
  #told = (): void => {};

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        receiver.batches.push(JSON.parse(body) as Posted[]);
        if (receiver.isHeld) receiver.open.push(response);
        else response.end();
        receiver.#told();
      });
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    receiver.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return receiver;
  }

  /** Resolves when so many requests have come. */
  async until(count: number): Promise<void> {
    while (this.batches.length < count) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  release(): void {
    this.isHeld = false;
    for (const response of this.open.splice(0)) response.end();
  }

  names(): string[][] {
    return this.batches.map((batch) => batch.map(({ labels }) => String(labels["n"])));
  }
}

type Setup = {
  readonly receivers: readonly Receiver[];
  /** Of the alerting section. */
  readonly relabel?: string;
  /** Of each Alertmanager. */
  readonly own?: readonly string[];
  readonly options?: Partial<NotifierOptions>;
};

function notifierFor({ receivers, relabel = "[]", own = [], options = {} }: Setup): Notifier & { registry: Registry } {
  const registry = new Registry();
  const notifier = new Notifier({
    registry,
    logger: createLogger({ level: "error", format: "logfmt", write: () => {} }),
    userAgent: "test",
    queueAlertsMax: 100,
    batchAlertsMax: 10,
    drainsOnClose: true,
    ...options,
  });
  const alertmanagers = receivers.map(
    ({ address }, i) => `{ static_configs: [{ targets: ["${address}"] }], alert_relabel_configs: ${own[i] ?? "[]"} }`,
  );
  const text = `{ alert_relabel_configs: ${relabel}, alertmanagers: [${alertmanagers.join(", ")}] }`;
  const alerting = completeAlerting(parseYamlFile("a.yml", text, alertingSection));
  notifier.apply({ alerting, externalLabels: labelsFrom({ site: "x", n: "external" }), nameScheme: "utf8" });
  const targets: DiscoveredTargets = new Map(
    receivers.map(({ address }, i) => [
      sectionName(i),
      [{ source: "0", labels: {}, targets: [{ __address__: address }] }],
    ]),
  );
  notifier.update(targets);
  return Object.assign(notifier, { registry });
}

const alertsFrom = (first: number, count: number): OutgoingAlert[] =>
  Array.from({ length: count }, (_, i) => ({
    labels: labelsFrom({ alertname: "A", n: String(first + i) }),
    annotations: labelsFrom({}),
    startsAt: 1_700_000_000_000,
    endsAt: 1_700_000_240_000,
    generatorUrl: "http://here",
  }));

const numbers = (first: number, count: number): string[] => Array.from({ length: count }, (_, i) => String(first + i));

test("alerts get external labels, and are relabelled for all and for each", async () => {
  const [one, two] = [await Receiver.start(), await Receiver.start()];
  const notifier = notifierFor({
    receivers: [one, two],
    relabel: "[{ source_labels: [n], regex: '1', action: drop }]",
    own: ["[{ target_label: for, replacement: one }]", "[{ source_labels: [n], regex: '2', action: drop }]"],
  });
  notifier.send(alertsFrom(0, 4));
  await notifier.close();
  expect(one.batches).toMatchObject([
    ["0", "2", "3"].map((n) => ({ labels: { alertname: "A", n, site: "x", for: "one" } })),
  ]);
  expect(two.names()).toEqual([["0", "3"]]);
});

test("what is counted of an Alertmanager is there before the first alert", async () => {
  const receiver = await Receiver.start();
  const notifier = notifierFor({ receivers: [receiver] });
  const metrics = await notifier.registry.metrics();
  for (const kind of ["sent", "errors", "dropped"]) {
    expect(metrics).toContain(
      `prometheus_notifications_${kind}_total{alertmanager="http://${receiver.address}/api/v2/alerts"} 0\n`,
    );
  }
  await notifier.close();
});

describe("an Alertmanager that takes its time", () => {
  test("gets the newest alerts, in batches, and is told how many gave way", async () => {
    const receiver = await Receiver.start();
    const notifier = notifierFor({ receivers: [receiver], options: { queueAlertsMax: 25 } });
    receiver.isHeld = true;
    notifier.send(alertsFrom(0, 1));
    await receiver.until(1);
    notifier.send(alertsFrom(1, 20));
    notifier.send(alertsFrom(21, 20));
    receiver.release();
    await notifier.close();
    expect(receiver.names()).toEqual([["0"], numbers(16, 10), numbers(26, 10), numbers(36, 5)]);
    const metrics = await notifier.registry.metrics();
    expect(metrics).toMatch(/^prometheus_notifications_dropped_total\{[^}]*\} 15$/m);
    expect(metrics).toMatch(/^prometheus_notifications_sent_total\{[^}]*\} 26$/m);
  });

  test("delays no other", async () => {
    const [slow, quick] = [await Receiver.start(), await Receiver.start()];
    const notifier = notifierFor({ receivers: [slow, quick] });
    slow.isHeld = true;
    for (let i = 0; i < 5; i++) {
      notifier.send(alertsFrom(i, 1));
      await quick.until(i + 1);
    }
    expect(slow.names()).toEqual([["0"]]);
    slow.release();
    await notifier.close();
    expect(slow.names()).toEqual([["0"], ["1", "2", "3", "4"]]);
  });

  test("gets what waits at the end only where that is wanted", async () => {
    const receiver = await Receiver.start();
    const notifier = notifierFor({ receivers: [receiver], options: { drainsOnClose: false } });
    receiver.isHeld = true;
    notifier.send(alertsFrom(0, 1));
    await receiver.until(1);
    notifier.send(alertsFrom(1, 5));
    const closed = notifier.close();
    receiver.release();
    await closed;
    expect(receiver.names()).toEqual([["0"]]);
  });
});

test("an Alertmanager that is gone gets no more, and one that is known keeps what waits for it", async () => {
  const receiver = await Receiver.start();
  const notifier = notifierFor({ receivers: [receiver] });
  receiver.isHeld = true;
  notifier.send(alertsFrom(0, 1));
  await receiver.until(1);
  notifier.send(alertsFrom(1, 3));
  const group = { source: "0", labels: {}, targets: [{ __address__: receiver.address }] };
  notifier.update(new Map([[sectionName(0), [group]]]));
  receiver.release();
  await receiver.until(2);
  notifier.update(new Map([[sectionName(0), []]]));
  notifier.send(alertsFrom(4, 3));
  await notifier.close();
  expect(receiver.names()).toEqual([["0"], ["1", "2", "3"]]);
});
