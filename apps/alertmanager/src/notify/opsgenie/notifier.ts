// Sends to Opsgenie: creates the group's alert while anything fires, closes it after.
import type { NotificationData } from "@narthex/template";
import { notificationData } from "../data.js";
import { groupHash } from "../group-hash.js";
import type { NotifierTools, Renderer } from "../kind.js";
import type { Notification, Notifier } from "../notification.js";
import { post, readSecret } from "../post.js";
import { truncateRunes } from "../truncate.js";
import type { OpsgenieConfig, OpsgenieResponder } from "./config.js";

// https://docs.opsgenie.com/docs/alert-api#create-alert: longer messages are refused.
const messageRunesMax = 130;

export function opsgenieNotifier(config: OpsgenieConfig, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const render = (template: string): string => tools.renderer.text(template, data);
      const key = render(readSecret(config.api_key, config.api_key_file));
      for (const { method, path, body } of requestsFor({ config, notification, data, renderer: tools.renderer })) {
        await post(client, {
          method,
          url: `${config.api_url}v2/alerts${path}`,
          body: JSON.stringify(body),
          headers: { authorization: `GenieKey ${key}` },
          signal: notification.signal,
          retryStatuses: [429],
        });
      }
      return {};
    },
    close: () => client.close(),
  };
}

interface OpsgenieRequest {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly body: Record<string, unknown>;
}

interface RequestContext {
  readonly config: OpsgenieConfig;
  readonly notification: Notification;
  readonly data: NotificationData;
  readonly renderer: Renderer;
}

function requestsFor({ config, notification, data, renderer }: RequestContext): OpsgenieRequest[] {
  const render = (template: string): string => renderer.text(template, data);
  const alias = groupHash(notification.groupKey);
  const byAlias = (action: string): string => `/${alias}/${action}?identifierType=alias`;
  const source = render(config.source);
  if (data.status === "resolved") return [{ method: "POST", path: byAlias("close"), body: { source } }];
  const message = truncateRunes(render(config.message), messageRunesMax);
  const description = render(config.description);
  const details = Object.entries(config.details).map(([name, text]) => [name, render(text)]);
  const body = {
    alias,
    message,
    description,
    details: { ...data.commonLabels, ...Object.fromEntries(details) },
    source,
    responders: config.responders.flatMap((responder) => respondersFrom(responder, render)),
    ...given({ note: render(config.note), priority: render(config.priority), entity: render(config.entity) }),
    ...listed({ tags: render(config.tags), actions: render(config.actions) }),
  };
  const create: OpsgenieRequest = { method: "POST", path: "", body };
  if (!config.update_alerts) return [create];
  return [
    create,
    { method: "PUT", path: byAlias("message"), body: { message } },
    { method: "PUT", path: byAlias("description"), body: { description } },
  ];
}

// "teams" names several teams, separated by commas.
function respondersFrom(responder: OpsgenieResponder, render: (template: string) => string): Record<string, string>[] {
  const type = render(responder.type);
  const name = render(responder.name);
  if (type === "teams") return splitList(name).map((team) => ({ name: team, type: "team" }));
  const rendered = given({ id: render(responder.id), name, username: render(responder.username) });
  return Object.keys(rendered).length === 0 ? [] : [{ ...rendered, type }];
}

function splitList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function listed(record: Readonly<Record<string, string>>): Record<string, string[]> {
  const lists = Object.entries(record).map(([name, text]) => [name, splitList(text)] as const);
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

function given(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ""));
}
