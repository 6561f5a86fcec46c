import { expect, test } from "vitest";
import { matcherParserFrom } from "../matchers/parse.js";
import { parseConfig } from "./config.js";
import { printConfig } from "./print.js";

const parseMatchers = matcherParserFrom("fallback", () => {});

function load(text: string) {
  return parseConfig({ file: "/etc/am.yml", text, parseMatchers });
}

function mistakes(text: string): string {
  try {
    load(text);
    return "";
  } catch (error) {
    return (error as Error).message.replaceAll("/etc/am.yml:", "");
  }
}

const receivers = "\nreceivers: [{name: a}]";

test.each([
  ["", "1:1: no route provided in config"],
  [`route: {receiver: a}${receivers}\nfoo: 1\n`, "3:1: field foo not found in type config.plain"],
  ["route: {group_wait: 30s}", "1:8: root route must specify a default receiver"],
  ["route: {receiver: b}", '1:19: undefined receiver "b" used in route'],
  [
    `route: {receiver: a, routes: [{routes: [{receiver: b}]}]}${receivers}`,
    '1:52: undefined receiver "b" used in route',
  ],
  ["route: {receiver: a}\nreceivers: [{name: a}, {name: a}]", '2:24: notification config name "a" is not unique'],
  [
    "route: {receiver: ''}\nreceivers: [{name: ''}]",
    "2:13: missing name in receiver\n1:8: root route must specify a default receiver",
  ],
  [`route: {receiver: a, match: {a: b}}${receivers}`, "1:8: root route must not have any matchers"],
  [`route: {receiver: a, continue: true}${receivers}`, "1:8: cannot have continue in root route"],
  [`route: {receiver: a, group_interval: 0s}${receivers}`, "1:38: group_interval cannot be zero"],
  [`route: {receiver: a, repeat_interval: 0s}${receivers}`, "1:39: repeat_interval cannot be zero"],
  [`route: {receiver: a, group_by: [x, y, x]}${receivers}`, '1:32: duplicated label "x" in group_by'],
  [
    `route: {receiver: a, group_by: [x, '...']}${receivers}`,
    "1:32: cannot have wildcard group_by (`...`) and other other labels at the same time",
  ],
  [
    `route: {receiver: a, routes: [{mute_time_intervals: [b]}]}${receivers}`,
    '1:54: undefined time interval "b" used in route',
  ],
  [
    `route: {receiver: a, mute_time_intervals: [b]}${receivers}\ntime_intervals: [{name: b}]`,
    "1:8: root route must not have any mute time intervals",
  ],
  [`route: {receiver: a}${receivers}\ntime_intervals: [{time_intervals: []}]`, "3:18: missing name in time interval"],
  [
    `route: {receiver: a}${receivers}\nmute_time_intervals: [{name: b}]\ntime_intervals: [{name: b}]`,
    '4:18: time interval "b" is not unique',
  ],
  [`route: {receiver: a, routes: [{matchers: ['{foo']}]}${receivers}`, "1:43: bad matcher format: foo"],
  [
    `route: {receiver: a, routes: [{match_re: {a: '('}}]}${receivers}`,
    "1:46: error parsing regexp: missing closing ): `^(?s:()$`",
  ],
  ["route: {receiver: a}\nreceivers: [{name: a, sns_configs: [{}]}]", "2:36: receiver kind sns is not supported yet"],
  [
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{}]}]",
    "2:41: one of url or url_file must be configured",
  ],
  [
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: ftp://x}]}]",
    "2:41: unsupported scheme for webhook URL",
  ],
  [
    "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{}]}]",
    "2:39: no Slack API URL nor App token set either inline or in a file",
  ],
  ["global: {slack_api_url: 'x.y/z'}\nroute: {receiver: a}", '1:25: unsupported scheme "" for URL'],
  ["route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x}]}]", "2:39: no global SMTP smarthost set"],
  ["global: {smtp_smarthost: x}\nroute: {receiver: a}", "1:26: address x: missing port in address"],
  [
    "route: {receiver: a}\nreceivers: [{name: a, x: 1}, {name: b, y: 1}]",
    "2:23: field x not found in type config.plain\n2:40: field y not found in type config.plain",
  ],
])("%s → %s", (text, expected) => {
  expect(mistakes(text)).toBe(expected);
});

const full = `
global:
  smtp_smarthost: mail:25
  smtp_from: am@example.org
  smtp_auth_password: hidden
  slack_api_url: https://hooks.example.org/hidden
route:
  receiver: team
  group_by: [alertname, "a b"]
  group_wait: 1m30s
  routes:
  - matchers: [severity="page", 'team =~ "a|b"', 'a=b,c!=d']
    match: {x: "y"}
    group_by: []
    continue: true
    mute_time_intervals: [nights]
    active_time_intervals: [office]
    repeat_interval: 1d
inhibit_rules:
- source_match_re: {severity: crit.*}
  target_matchers: [severity="warning"]
  equal: [cluster]
receivers:
- name: team
  labels: {owner: me}
  webhook_configs:
  - url: https://example.org/hidden
    timeout: 5s
    http_config: {basic_auth: {username: u, password: hidden}}
  slack_configs:
  - channel: '#x'
  email_configs:
  - to: someone@example.org
    headers: {reply-to: x@example.org}
mute_time_intervals:
- name: nights
  time_intervals:
  - times: [{start_time: "22:00", end_time: "24:00"}]
    weekdays: ["monday:friday", "sunday"]
    days_of_month: ["1:5", "-3:-1"]
    months: ["january:march", "12"]
    years: ["2024:2030"]
    location: Europe/Vienna
time_intervals:
- name: office
  time_intervals: [{weekdays: [monday]}]
templates: [templates/*.tmpl]
`;

test("a printed config masks secrets, fills in defaults and loads to the same", () => {
  const printed = printConfig(load(full));
  expect(printed).not.toContain("hidden");
  expect(printed).toContain("resolve_timeout: 5m");
  expect(printed).toContain("group_wait: 1m30s");
  expect(printed).toContain("- /etc/templates/*.tmpl");
  expect(printConfig(load(printed))).toBe(printed);
});
