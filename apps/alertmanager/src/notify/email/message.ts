// The mail of a notification: headers and bodies from templates.
import { createHash } from "node:crypto";
import type { NotificationData } from "@narthex/template";
import type { Renderer } from "../kind.js";
import type { Notification } from "../notification.js";
import type { EmailConfig } from "./config.js";

export interface Mail {
  readonly from: string;
  readonly to: string;
  /** Cc and Bcc among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

export interface MailRequest {
  readonly config: EmailConfig;
  readonly notification: Notification;
  readonly data: NotificationData;
  readonly renderer: Renderer;
}

const defaultSubject = '{{ template "email.default.subject" . }}';

/** Throws NotifyError where a template fails. */
export function mailFrom({ config, notification, data, renderer }: MailRequest): Mail {
  const templates: Readonly<Record<string, string>> = { Subject: defaultSubject, ...config.headers };
  const { To, From, ...rest } = templates;
  const render = (template: string): string => renderer.text(template, data);
  // A line break from a label would start another header.
  const renderHeader = (template: string): string => render(template).replace(/[\r\n]+/g, " ");
  const headers = Object.entries(rest).map(([name, template]) => [name, renderHeader(template)] as const);
  return {
    from: renderHeader(From ?? config.from),
    to: renderHeader(To ?? config.to),
    headers: { ...Object.fromEntries(headers), ...threadHeaders(config, notification) },
    text: render(config.text),
    html: config.html === "" ? "" : renderer.html(config.html, data),
  };
}

// Mail programs show messages that refer to the same id as one conversation.
function threadHeaders(config: EmailConfig, notification: Notification): Record<string, string> {
  if (!config.threading?.enabled) return {};
  const group = createHash("sha256").update(notification.groupKey).digest("hex");
  const day = new Date(notification.now).toISOString().slice(0, 10);
  const suffix = config.threading.thread_by_date === "daily" ? `-${day}` : "";
  const thread = `<alert-${group}${suffix}@alertmanager>`;
  return { References: thread, "In-Reply-To": thread };
}
