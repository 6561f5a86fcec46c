// The templates that Alertmanager's default config refers to, written anew to render what users know.
// Users override them one by one, by name. Compared with amtool in notification/amtool.test.ts.

/** `{{ define "name" }}body{{ end }}` */
function define(name: string, body: string): string {
  return `{{ define "${name}" }}${body}{{ end }}\n`;
}

function defineAll(names: readonly string[], body: string): string {
  return names.map((name) => define(name, body)).join("");
}

function call(name: string, data = "."): string {
  return `{{ template "${name}" ${data} }}`;
}

const commonAnnotations = `{{ .CommonAnnotations.SortedPairs.Values | join " " }}`;

function pairsOf(labels: string): string {
  return `{{ range ${labels}.SortedPairs }} - {{ .Name }} = {{ .Value }}\n{{ end }}`;
}

const alertList = `{{ range . }}Labels:\n${pairsOf(".Labels")}Annotations:\n${pairsOf(".Annotations")}Source: {{ .GeneratorURL }}\n{{ end }}`;

const markdownPairs = (labels: string): string =>
  `{{ range ${labels}.SortedPairs }}  - {{ .Name }} = {{ .Value }}\n{{ end }}`;

const markdownAlertList = `{{ range . }}\nLabels:\n${markdownPairs(".Labels")}\nAnnotations:\n${markdownPairs(".Annotations")}\nSource: {{ .GeneratorURL }}\n{{ end }}`;

const subject =
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] ' +
  '{{ join " " .GroupLabels.SortedPairs.Values }} ' +
  "{{ if lt (len .GroupLabels) (len .CommonLabels) }}" +
  '({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ join " " .Values }}{{ end }}){{ end }}';

interface Section {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly list: string;
}

/** Firing alerts, then resolved ones, each under its title if there are any. */
function bothStates({ title, before, after, list }: Section): string {
  const part = (state: string): string =>
    `{{ if .Alerts.${state} }}${before}${title} ${state}:\n${call(list, `.Alerts.${state}`)}${after}{{ end }}`;
  return `\n${part("Firing")}\n${part("Resolved")}`;
}

const plainList = { title: "Alerts", list: "__text_alert_list" };
const denseAlerts = bothStates({ ...plainList, before: "", after: "" });
const spacedAlerts = `${bothStates({ ...plainList, before: "\n", after: "\n" })}\n`;
const markdownAlerts = `${bothStates({ title: "# Alerts", list: "__text_alert_list_markdown", before: "\n", after: "\n" })}\n`;

// Severities from the firing alerts, else from the resolved ones; the gravest counts.
const gravest = (state: string): string =>
  `{{ range .Alerts.${state} }}{{ if eq .Labels.severity "critical" }}{{ $priority = "High" }}` +
  `{{ else if and (eq .Labels.severity "warning") (ne $priority "High") }}{{ $priority = "Medium" }}` +
  `{{ else if and (eq .Labels.severity "info") (eq $priority "") }}{{ $priority = "Low" }}{{ end }}{{ end }}`;

const jiraPriority = `{{ $priority := "" }}${gravest("Firing")}{{ if eq $priority "" }}${gravest("Resolved")}{{ end }}{{ $priority }}`;

const statusColor = '{{ if eq .Status "firing" }}#ff0000{{ else }}#008000{{ end }}';

const titles = [
  "discord.default.title",
  "email.default.subject",
  "jira.default.summary",
  "mattermost.default.title",
  "msteams.default.summary",
  "msteams.default.title",
  "msteamsv2.default.title",
  "opsgenie.default.message",
  "pagerduty.default.description",
  "pushover.default.title",
  "rocketchat.default.title",
  "slack.default.title",
  "sns.default.subject",
  "victorops.default.entity_display_name",
];

const programNames = [
  "mattermost.default.username",
  "pagerduty.default.client",
  "rocketchat.default.alias",
  "slack.default.username",
  "victorops.default.monitoring_tool",
];

const links = [
  "mattermost.default.titlelink",
  "opsgenie.default.source",
  "pagerduty.default.clientURL",
  "pushover.default.url",
  "rocketchat.default.titlelink",
  "slack.default.titlelink",
];

/** Empty, for users to fill. */
const hooks = [
  "__description",
  "discord.default.content",
  "rocketchat.default.emoji",
  "rocketchat.default.iconurl",
  "rocketchat.default.text",
  "slack.default.callbackid",
  "slack.default.footer",
  "slack.default.iconemoji",
  "slack.default.iconurl",
  "slack.default.pretext",
  "slack.default.text",
  "wechat.default.agent_id",
  "wechat.default.to_party",
  "wechat.default.to_tag",
  "wechat.default.to_user",
];

export const defaultTextTemplates: string = [
  define("__alertmanager", "Alertmanager"),
  define("__alertmanagerURL", "{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}"),
  define("__subject", subject),
  define("__text_alert_list", alertList),
  define("__text_alert_list_markdown", markdownAlertList),
  defineAll(titles, call("__subject")),
  defineAll(programNames, call("__alertmanager")),
  defineAll(links, call("__alertmanagerURL")),
  defineAll(hooks, ""),
  defineAll(
    ["slack.default.fallback", "mattermost.default.fallback"],
    `${call("__subject")} | ${call("__alertmanagerURL")}`,
  ),
  define("pagerduty.default.instances", call("__text_alert_list")),
  defineAll(["opsgenie.default.description", "victorops.default.state_message"], commonAnnotations + denseAlerts),
  define(
    "wechat.default.message",
    `${call("__subject")}\n${commonAnnotations}${denseAlerts}\nAlertmanagerUrl:\n${call("__alertmanagerURL")}`,
  ),
  defineAll(
    ["pushover.default.message", "sns.default.message", "webex.default.message"],
    commonAnnotations + spacedAlerts,
  ),
  defineAll(["telegram.default.message", "discord.default.message"], spacedAlerts),
  defineAll(
    ["msteams.default.text", "msteamsv2.default.text", "jira.default.description", "mattermost.default.text"],
    markdownAlerts,
  ),
  define("mattermost.default.color", statusColor),
  define("jira.default.priority", jiraPriority),
].join("");
