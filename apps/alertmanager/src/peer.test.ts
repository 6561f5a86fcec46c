// Debian's Alertmanager 0.25 and ours side by side: what they notify, how their API answers, and whether each can go
// on from the other's state files. Runs where Debian's is installed.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { startHttpReceiver } from "./testing/receiver.js";
import { hasProgram, makeFolder, startDebian, startOurs, type TestService } from "./testing/service.js";

const program = "prometheus-alertmanager";
const isInstalled = hasProgram(program);
const peer = isInstalled ? describe : describe.skip;
const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(
  start: typeof startOurs,
  config: string,
  folder = makeFolder(),
): Promise<TestService & { folder: ReturnType<typeof makeFolder> }> {
  const service = await start({
    folder: folder.path,
    config,
    args: ["--web.external-url=http://am.example.org:9093/"],
  });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await service.stop();
    isStopped = true;
  };
  ends.push(folder.remove, stop);
  return { ...service, stop, folder };
}

async function post(url: string, path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return await fetch(`${url}/api/v2/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

// Not in the past, or the first alert of a group would be told before the second arrives.
const start = new Date(Date.now() + 60_000).toISOString();

const alerts = [
  {
    labels: { alertname: "HighLoad", instance: "b:9100", job: "node", severity: "page" },
    annotations: { summary: 'load <is> "high" & rising', description: "line one\nline two" },
    startsAt: start,
    generatorURL: "http://prometheus.example.org/graph?g0.expr=a%3Eb",
  },
  {
    labels: { alertname: "HighLoad", instance: "a:9100", job: "node", severity: "page" },
    annotations: { summary: 'load <is> "high" & rising' },
    startsAt: start,
    endsAt: "2099-01-01T00:00:00Z",
  },
];

const slackConfigs = [
  "- channel: '#alerts'",
  `- channel: '#{{ .GroupLabels.alertname }}'
      send_resolved: true
      color: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'
      title: '{{ .CommonLabels.alertname }} {{ .Alerts | len }} {{ len .Alerts.Firing }}'
      title_link: '{{ .ExternalURL }}/x'
      text: "{{ range .Alerts }}*{{ .Labels.instance }}* {{ .Annotations.summary }} {{ .StartsAt.Format \\"15:04:05\\" }}\\n{{ end }}"
      short_fields: true
      fields: [{title: a, value: '{{ .Receiver }}'}, {title: b, value: c, short: false}]
      actions:
      - {type: button, text: go, url: 'http://x/{{ .CommonLabels.job | toUpper }}', confirm: {text: sure}}
      image_url: http://x/i.png
      link_names: true
      username: bot
      icon_emoji: ':fire:'
      mrkdwn_in: [text]`,
];

function config(receiverUrl: string, slack: string): string {
  return `
route:
  receiver: 'team.x'
  group_by: [alertname]
  group_wait: 1s
receivers:
- name: 'team.x'
  slack_configs:
    ${slack.replace("- ", `- api_url: ${receiverUrl}/slack\n      `)}
  webhook_configs:
  - url: ${receiverUrl}/webhook
`;
}

async function notified(startService: typeof startOurs, slack: string): Promise<Record<string, unknown>> {
  const receiver = await startHttpReceiver();
  ends.push(() => receiver.close());
  const service = await started(startService, config(receiver.url, slack));
  await post(service.url, "alerts", alerts);
  await receiver.received(2);
  return Object.fromEntries(receiver.requests.map(({ path, body }) => [path, body]));
}

peer(`${program}: notifications`, () => {
  test.each(slackConfigs)("Slack and webhook bodies are the same: %s", async (slack) => {
    const [theirs, ours] = await Promise.all([notified(startDebian, slack), notified(startOurs, slack)]);
    expect(ours["/slack"]).toEqual(theirs["/slack"]);
    const { routeLabels, notification_reason: reason, ...rest } = ours["/webhook"] as Record<string, unknown>;
    expect(rest).toEqual(theirs["/webhook"]);
    expect({ routeLabels, reason }).toEqual({ routeLabels: {}, reason: "first notification" });
  });
});

const plainConfig = "route: {receiver: d, group_wait: 1s}\nreceivers: [{name: d}]\n";

// Path, body (a GET without one).
const requests: [string, string?][] = [
  ["alerts", "[]"],
  ["alerts", "null"],
  ["alerts", ""],
  ["alerts", "[{}]"],
  ["alerts", '[{"labels":{}}]'],
  ["alerts", '[{"labels":{"a":""}}]'],
  ["alerts", '[{"labels":{"a":"b"},"startsAt":"x"}]'],
  ["alerts", '[{"labels":{"a":"b"},"startsAt":"2026-11-22T19:00:00Z","endsAt":"2026-11-22T18:00:00Z"}]'],
  ["alerts", '[{"labels":{"a":"b"},"generatorURL":"not a url"}]'],
  ["alerts?filter=a"],
  ["alerts?filter=%7B"],
  ["alerts?active=maybe"],
  ["nothing"],
  ["silence/abc"],
  ["silences", "{}"],
  [
    "silences",
    '{"matchers":[],"startsAt":"2026-11-22T19:00:00Z","endsAt":"2036-11-22T18:00:00Z","createdBy":"","comment":""}',
  ],
  [
    "silences",
    '{"matchers":[{"name":"a","value":"b"}],"startsAt":"zz","endsAt":"2036-11-22T18:00:00Z","createdBy":"me"}',
  ],
  [
    "silences",
    '{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2016-01-01T00:00:00Z","createdBy":"","comment":""}',
  ],
  [
    "silences",
    '{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2015-01-01T00:00:00Z","endsAt":"2016-01-01T00:00:00Z","createdBy":"","comment":""}',
  ],
  [
    "silences",
    '{"id":"6f4c6cd6-2f1d-4b4f-8c3c-000000000000","matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2015-01-01T00:00:00Z","endsAt":"2096-01-01T00:00:00Z","createdBy":"","comment":""}',
  ],
];

peer(`${program}: API`, () => {
  test("requests that are refused or empty are answered the same", async () => {
    const services = await Promise.all([started(startDebian, plainConfig), started(startOurs, plainConfig)]);
    for (const [path, body] of requests) {
      const [theirs, ours] = await Promise.all(services.map((service) => answer(service.url, path, body)));
      expect({ path, body, ...ours }).toEqual({ path, body, ...theirs });
    }
  });
});

async function answer(url: string, path: string, body: string | undefined): Promise<{ status: number; text: string }> {
  const headers = { "content-type": "application/json" };
  const request = body === undefined ? {} : { method: "POST", headers, body };
  const response = await fetch(`${url}/api/v2/${path}`, request);
  return { status: response.status, text: (await response.text()).trim() };
}

interface SilenceJson {
  readonly id: string;
  readonly status: { readonly state: string };
  readonly comment: string;
}

async function silencesOf(service: TestService): Promise<SilenceJson[]> {
  const silences = (await (await fetch(`${service.url}/api/v2/silences`)).json()) as Record<string, unknown>[];
  return silences.map(({ annotations: _annotations, ...rest }) => rest) as unknown as SilenceJson[];
}

function silence(comment: string, value: string): unknown {
  const matchers = [
    { name: "alertname", value, isRegex: false },
    { name: "job", value: "x|y.*", isRegex: true, isEqual: false },
  ];
  return { matchers, startsAt: new Date().toISOString(), endsAt: "2099-01-01T00:00:00Z", createdBy: "me", comment };
}

peer(`${program}: state files`, () => {
  test.each([
    ["ours, then Debian's", startOurs, startDebian],
    ["Debian's, then ours", startDebian, startOurs],
  ])("%s: silences stay and nobody is told twice", async (_order, first, second) => {
    const receiver = await startHttpReceiver();
    ends.push(() => receiver.close());
    const text = config(receiver.url, "- channel: c");
    const one = await started(first, text);
    await post(one.url, "silences", silence("kept", "Quiet"));
    const { silenceID } = (await (await post(one.url, "silences", silence("gone", "Other"))).json()) as {
      silenceID: string;
    };
    await fetch(`${one.url}/api/v2/silence/${silenceID}`, { method: "DELETE" });
    await post(one.url, "alerts", alerts);
    await receiver.received(2);
    const before = await silencesOf(one);
    await one.stop();

    const two = await started(second, text, one.folder);
    expect(await silencesOf(two)).toEqual(before);
    await post(two.url, "alerts", [...alerts, { labels: { alertname: "News" }, startsAt: start }]);
    await receiver.received(4);
    const news = receiver.requests.slice(2).map(({ body }) => JSON.stringify(body));
    expect(news.every((body) => body.includes("News"))).toBe(true);
  });
});

peer("amtool", () => {
  test("adds and queries alerts and silences, shows the config", async () => {
    const service = await started(startOurs, plainConfig);
    const amtool = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)("amtool", [`--alertmanager.url=${service.url}`, ...args])).stdout;
    await amtool("alert", "add", "alertname=Load", "instance=a", "--annotation=summary=high load");
    await amtool("alert", "add", "Idle", "instance=b");
    expect(JSON.parse(await amtool("-o", "json", "alert", "query", "Load"))).toMatchObject([
      {
        labels: { alertname: "Load", instance: "a" },
        annotations: { summary: "high load" },
        status: { state: "active" },
      },
    ]);
    const id = (
      await amtool("silence", "add", "alertname=Load", "instance=~a|b", "-c", "why", "-a", "me", "-d", "2h")
    ).trim();
    expect(await amtool("alert", "query", "--silenced")).toContain("Load");
    expect(await amtool("alert", "query")).not.toContain("Load");
    expect(JSON.parse(await amtool("-o", "json", "silence", "query"))).toMatchObject([
      { id, comment: "why", createdBy: "me" },
    ]);
    await amtool("silence", "update", "-c", "other", id);
    expect(JSON.parse(await amtool("-o", "json", "silence", "query"))).toMatchObject([{ id, comment: "other" }]);
    await amtool("silence", "expire", id);
    expect((await amtool("silence", "query", "-q")).trim()).toBe("");
    expect((await amtool("silence", "query", "--expired", "-q")).trim()).toBe(id);
    expect(await amtool("config", "show")).toContain("receiver: d");
    expect(await amtool("config", "routes", "show")).toContain("default-route  receiver: d");
    expect(await amtool("cluster", "show")).toContain("disabled");
  });
});
