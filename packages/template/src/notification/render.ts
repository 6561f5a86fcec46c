// Alertmanager's notification templates: the default ones, the user's files on top, and texts of the config rendered with them.
// Comes from: alertmanager config (templates, receivers' fields). Goes to: each receiver's message.
import type { TemplateLimits } from "../exec/limits.js";
import { type AlertmanagerContext, alertmanagerFunctions, clockFunctions } from "../functions/alertmanager.js";
import { execute, extendTemplate, parseTemplate, type Template, type TemplateOptions } from "../template.js";
import { type NotificationData, notificationValue } from "./data.js";
import { defaultEmailTemplates } from "./default-email.js";
import { defaultTextTemplates } from "./default-text.js";

export interface NotificationTemplates {
  readonly text: Template;
  /** The same files as HTML: a field's kind says which of the two renders it. */
  readonly html: Template;
}

export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

const options: TemplateOptions = { functions: alertmanagerFunctions({ timeMs: 0 }), missingKey: "zero" };

/** A file's definitions replace earlier ones of the same name. Throws TemplateError. */
export function parseNotificationTemplates(files: readonly TemplateFile[] = []): NotificationTemplates {
  const defaults: readonly TemplateFile[] = [{ name: "email.tmpl", text: defaultEmailTemplates }, ...files];
  const extend = (template: Template): Template =>
    defaults.reduce((set, { name, text }) => extendTemplate(set, name, text), template);
  return {
    text: extend(parseTemplate("default.tmpl", defaultTextTemplates, options)),
    html: extend(parseTemplate("default.tmpl", defaultTextTemplates, { ...options, html: true })),
  };
}

export interface NotificationContext extends AlertmanagerContext {
  readonly data: NotificationData;
  readonly limits?: Partial<TemplateLimits>;
}

/** Renders one field of a receiver's config as text. Throws TemplateError. */
export function renderText(templates: NotificationTemplates, text: string, context: NotificationContext): string {
  return render(templates.text, text, context);
}

/** Renders one field as HTML. Throws TemplateError. */
export function renderHtml(templates: NotificationTemplates, text: string, context: NotificationContext): string {
  return render(templates.html, text, context);
}

function render(template: Template, text: string, { data, limits, ...clock }: NotificationContext): string {
  if (!text.includes("{{")) return text;
  const options = { functions: clockFunctions(clock), ...(limits ? { limits } : {}) };
  return execute(extendTemplate(template, "", text), notificationValue(data), options);
}
