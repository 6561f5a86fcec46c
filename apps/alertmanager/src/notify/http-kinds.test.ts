// What each HTTP integration sends for a firing and a resolved group, and how it takes answers.
import { afterEach, expect, test } from "vitest";
import { type NotificationRequest, notificationFrom, notifierFrom } from "../testing/notifier.js";
import { type HttpReceiver, startHttpReceiver } from "../testing/receiver.js";

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** `list` with URL for the receiver's address. */
async function send(list: string, request: NotificationRequest = {}, answers: number[] = []): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver(answers);
  const notifier = notifierFrom(list.replaceAll("URL", receiver.url));
  ends.push(
    () => receiver.close(),
    () => notifier.close(),
  );
  await notifier.notify(notificationFrom(request));
  return receiver;
}

const sent: [string, string, readonly string[], unknown][] = [
  [
    "webhook",
    "webhook_configs: [{url: 'URL/{{ .Status }}', max_alerts: 1}]",
    ["A", "-B"],
    {
      path: "/firing",
      body: { receiver: "team", status: "firing", alerts: [{ status: "firing" }], truncatedAlerts: 1, version: "4" },
    },
  ],
  [
    "slack",
    "slack_configs: [{api_url: 'URL/hook', channel: '#x', message_text: hello}]",
    ["A"],
    { path: "/hook", body: { channel: "#x", text: "hello", attachments: [{ color: "danger" }] } },
  ],
  [
    "slack bot",
    "slack_configs: [{app_token: token, app_url: 'URL/api/chat.postMessage', channel: '#x'}]",
    ["-A"],
    {
      path: "/api/chat.postMessage",
      headers: { authorization: "Bearer token" },
      body: { attachments: [{ color: "good" }] },
    },
  ],
  [
    "pagerduty",
    "pagerduty_configs: [{url: 'URL/v2', routing_key: key, class: deploy}]",
    ["A"],
    {
      path: "/v2",
      body: {
        routing_key: "key",
        event_action: "trigger",
        payload: { severity: "error", class: "deploy", custom_details: { num_firing: "1", num_resolved: "0" } },
      },
    },
  ],
  [
    "pagerduty resolved",
    "pagerduty_configs: [{url: 'URL/v2', routing_key: key}]",
    ["-A"],
    { body: { event_action: "resolve" } },
  ],
  [
    "opsgenie",
    "opsgenie_configs: [{api_url: 'URL/', api_key: key, tags: 'a, b', responders: [{name: 'x,y', type: teams}]}]",
    ["A"],
    {
      path: "/v2/alerts",
      headers: { authorization: "GenieKey key" },
      body: {
        tags: ["a", "b"],
        responders: [
          { name: "x", type: "team" },
          { name: "y", type: "team" },
        ],
        details: { alertname: "A", severity: "page" },
      },
    },
  ],
  [
    "telegram",
    "telegram_configs: [{api_url: 'URL', bot_token: t0k, chat_id: -12, message: '<b>{{ .CommonAnnotations.summary }}</b>'}]",
    ["A"],
    { path: "/bott0k/sendMessage", body: { chat_id: "-12", parse_mode: "HTML", text: "<b>high</b>" } },
  ],
  [
    "discord",
    "discord_configs: [{webhook_url: 'URL/d', title: T, message: M, username: bot}]",
    ["-A"],
    { path: "/d", body: { username: "bot", embeds: [{ title: "T", description: "M", color: 0x2ecc71 }] } },
  ],
  [
    "msteamsv2",
    "msteamsv2_configs: [{webhook_url: 'URL/t', title: T, text: M}]",
    ["A"],
    { path: "/t", body: { type: "message", attachments: [{ content: { body: [{ text: "T" }, { text: "M" }] } }] } },
  ],
];

test.each(sent)("%s", async (_, list, alerts, expected) => {
  const { requests } = await send(list, { alerts });
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject(expected as object);
});

test("opsgenie closes by alias, and updates where it is asked to", async () => {
  const list = "opsgenie_configs: [{api_url: 'URL/', api_key: key, update_alerts: true}]";
  const paths = async (alerts: string[]): Promise<string[]> =>
    (await send(list, { alerts })).requests.map(({ path }) => path.replace(/[0-9a-f]{64}/, "ALIAS"));
  expect(await paths(["A"])).toEqual([
    "/v2/alerts",
    "/v2/alerts/ALIAS/message?identifierType=alias",
    "/v2/alerts/ALIAS/description?identifierType=alias",
  ]);
  expect(await paths(["-A"])).toEqual(["/v2/alerts/ALIAS/close?identifierType=alias"]);
});

test.each([
  [500, true, "serverError"],
  [503, true, "serverError"],
  [400, false, "clientError"],
  [401, false, "authError"],
  [429, false, "rateLimited"],
])("status %i: retryable %s, reason %s", async (status, isRetryable, reason) => {
  const sending = send("webhook_configs: [{url: URL}]", {}, [status]);
  await expect(sending).rejects.toMatchObject({ isRetryable, reason, message: `unexpected status code ${status}: ok` });
});

test("a service that limits rates is asked again", async () => {
  const sending = send("pagerduty_configs: [{url: URL, routing_key: k}]", {}, [429]);
  await expect(sending).rejects.toMatchObject({ isRetryable: true });
});

test("a receiver that is down may be asked again, and its URL stays secret", async () => {
  const notifier = notifierFrom("webhook_configs: [{url: 'http://127.0.0.1:1/secret-path'}]");
  ends.push(() => notifier.close());
  const error = await notifier.notify(notificationFrom()).catch((e: unknown) => e as Error);
  expect(error).toMatchObject({ isRetryable: true });
  expect((error as Error).message).not.toContain("secret-path");
});

test("a template that fails is not tried again", async () => {
  const sending = send("webhook_configs: [{url: 'URL/{{ .Nope }}'}]");
  await expect(sending).rejects.toMatchObject({
    isRetryable: false,
    message: expect.stringContaining("Nope") as string,
  });
});

test("long texts are cut where services refuse them", async () => {
  const { requests } = await send("slack_configs: [{api_url: URL, title: '{{ .CommonAnnotations.a }}'}]", {
    annotations: { a: "ü".repeat(2000) },
  });
  const body = requests[0]?.body as { attachments: { title: string }[] };
  expect(body.attachments[0]?.title).toBe(`${"ü".repeat(1023)}…`);
});

test("an event beyond PagerDuty's bound goes without details", async () => {
  const { requests } = await send(
    "pagerduty_configs: [{url: URL, routing_key: k, details: {big: '{{ .CommonAnnotations.a }}'}}]",
    { annotations: { a: "x".repeat(600_000) } },
  );
  expect(requests[0]?.body).toMatchObject({ payload: { custom_details: { error: expect.any(String) as string } } });
});
