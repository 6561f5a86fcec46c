// Functions, data and default templates that amtool 0.25 does not have; the others are compared with it in amtool.test.ts.
import { describe, expect, it } from "vitest";
import { parseTemplate } from "../template.js";
import type { NotificationData } from "./data.js";
import { defaultTextTemplates } from "./default-text.js";
import { parseNotificationTemplates, renderHtml, renderText } from "./render.js";

const startsAtMs = Date.UTC(2024, 1, 3, 4, 5, 6, 789);

const data: NotificationData = {
  receiver: "team-x",
  status: "firing",
  alerts: [
    {
      status: "firing",
      labels: { severity: "warning", alertname: "HighLoad", job: "node" },
      annotations: { summary: "a < b" },
      startsAtMs,
      endsAtMs: undefined,
      generatorUrl: "http://p/graph?a=1&b=2",
      fingerprint: "f1",
    },
  ],
  groupLabels: { alertname: "HighLoad" },
  commonLabels: { alertname: "HighLoad", job: "node" },
  commonAnnotations: {},
  externalUrl: "http://am",
  routeLabels: { team: "x" },
  notificationReason: "first notification",
};

const templates = parseNotificationTemplates();
const context = { data, timeMs: startsAtMs + 90_000 };

describe("functions", () => {
  it.each([
    ["{{ $t := (index .Alerts 0).StartsAt }}{{ since $t }} {{ since $t | humanizeDuration }}", "1m30s 1m 30s"],
    ['{{ (index .Alerts 0).StartsAt | tz "Europe/Paris" | date "15:04 MST" }}', "05:05 CET"],
    ['{{ mustToDate "2006-01-02" "2024-05-06" | date "02 Jan 2006" }}', "06 May 2024"],
    ['{{ (toDate "2006-01-02" "nonsense").IsZero }}', "true"],
    ['{{ now.UTC | date "15:04:05" }}', "04:06:36"],
    ['{{ trimSpace "  x " }}|{{ urlUnescape "a%20b+c" }}', "x|a b c"],
    ['{{ base64encode "hello?>" }} {{ base64decode "aGVsbG8_Pg==" }}', "aGVsbG8_Pg== hello?>"],
    [
      "{{ list 1 `a` }} {{ append (list 1) 2 3 }} {{ (dict `k` 1 `l` (list)).k }} {{ dict `b` 1 `a` 2 }}",
      "[1 a] [1 2 3] 1 map[a:2 b:1]",
    ],
    [
      "{{ toJson (dict `a` (list 1 2.5 nil true)) }} {{ .CommonLabels | toJson }}",
      '{"a":[1,2.5,null,true]} {"alertname":"HighLoad","job":"node"}',
    ],
    [
      "{{ toJson .Alerts }}",
      '[{"status":"firing","labels":{"alertname":"HighLoad","job":"node","severity":"warning"},' +
        '"annotations":{"summary":"a \\u003c b"},"startsAt":"2024-02-03T04:05:06.789Z",' +
        '"endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p/graph?a=1\\u0026b=2","fingerprint":"f1"}]',
    ],
    [
      "{{ .CommonLabels }} {{ .CommonLabels.SortedPairs }}",
      "alertname=HighLoad, job=node alertname=HighLoad, job=node",
    ],
    [
      "{{ .CommonLabels.Names.Join `+` }} {{ .RouteLabels.team }} {{ .NotificationReason }}",
      "alertname+job x first notification",
    ],
    ["no action", "no action"],
    ["{{ .CommonLabels.nope }}", ""],
  ])("%s", (text, expected) => expect(renderText(templates, text, context)).toBe(expected));

  it.each([
    ['{{ tz "Nope/Zone" now }}', "unknown time zone Nope/Zone"],
    ['{{ mustToDate "2006" "x" }}', 'parsing time "x" as "2006": cannot parse "x" as "2006"'],
    ["{{ dict `a` }}", "odd number of arguments"],
    ['{{ urlUnescape "%zz" }}', 'invalid URL escape "%zz"'],
  ])("%s fails", (text, message) => expect(() => renderText(templates, text, context)).toThrow(message));
});

describe("HTML fields", () => {
  it.each([
    ["{{ (index .Alerts 0).Annotations.summary }}", "a &lt; b"],
    ['<a href="{{ safeUrl "tel:1" }}">{{ safeHtml "<b>" }}</a>', '<a href="tel:1"><b></a>'],
    ['<a href="{{ (index .Alerts 0).GeneratorURL }}">', '<a href="http://p/graph?a=1&amp;b=2">'],
  ])("%s", (text, expected) => expect(renderHtml(templates, text, context)).toBe(expected));
});

describe("default templates", () => {
  const render = (name: string): string => renderText(templates, `{{ template "${name}" . }}`, context);
  const list =
    "\nLabels:\n  - alertname = HighLoad\n  - job = node\n  - severity = warning\n\nAnnotations:\n  - summary = a < b\n\nSource: http://p/graph?a=1&b=2\n";

  it.each([
    ["jira.default.summary", "[FIRING:1] HighLoad (node)"],
    ["jira.default.priority", "Medium"],
    ["msteams.default.title", "[FIRING:1] HighLoad (node)"],
    ["msteamsv2.default.text", `\n\n# Alerts Firing:\n${list}\n\n\n`],
    ["rocketchat.default.alias", "Alertmanager"],
    ["mattermost.default.titlelink", "http://am/#/alerts?receiver=team-x"],
    ["discord.default.content", ""],
  ])("%s", (name, expected) => expect(render(name)).toBe(expected));

  const defined = [...defaultTextTemplates.matchAll(/define "([^"]+)"/g)].map((match) => match[1] as string);
  const ofAlerts = new Set(["__text_alert_list", "__text_alert_list_markdown", "pagerduty.default.instances"]);

  it.each(defined)("%s renders", (name) => {
    const dot = ofAlerts.has(name) ? ".Alerts" : ".";
    expect(() => renderText(templates, `{{ template "${name}" ${dot} }}`, context)).not.toThrow();
  });

  it("the email says what fires, escaped", () => {
    const page = renderHtml(templates, '{{ template "email.default.html" . }}', context);
    const text = page
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim();
    expect(text).toBe(
      "[FIRING:1] HighLoad (node) 1 alert for alertname=HighLoad View in Alertmanager [1] Firing Labels " +
        "alertname = HighLoad job = node severity = warning Annotations summary = a &lt; b Source Sent by Alertmanager",
    );
    expect(page).toContain('href="http://am/#/alerts?receiver=team-x"');
    expect(page).toContain('href="http://p/graph?a=1&amp;b=2"');
    expect(page).toContain("background-color: #e6522c");
  });
});

describe("files of the user", () => {
  it("replace default templates by name", () => {
    const own = parseNotificationTemplates([
      { name: "own.tmpl", text: '{{ define "__subject" }}own {{ .Status }}{{ end }}' },
    ]);
    expect(renderText(own, '{{ template "slack.default.title" . }}', context)).toBe("own firing");
    expect(renderHtml(own, '{{ template "email.default.subject" . }}', context)).toBe("own firing");
  });
  it("are refused with name and line", () =>
    expect(() => parseNotificationTemplates([{ name: "own.tmpl", text: "\n{{ if }}" }])).toThrow(
      "template: own.tmpl:2: missing value for if",
    ));
  it("see no functions but Alertmanager's", () =>
    expect(() => parseTemplate("t", "{{ since 1 }}")).toThrow('function "since" not defined'));
});
