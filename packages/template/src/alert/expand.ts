// Labels and annotations of alerting rules: the template's names preset, Prometheus' functions, Prometheus' errors.
// Comes from: a rule's text at load, an alert's data at each evaluation. Goes to: the alert's labels and annotations.
import { TemplateError } from "../errors.js";
import type { TemplateLimits } from "../exec/limits.js";
import {
  contextFunctions,
  type PrometheusContext,
  prometheusFunctions,
  type QuerySample,
  stringMapOf,
} from "../functions/prometheus.js";
import { execute, parseTemplate, type Template } from "../template.js";
import { type GoType, type StructValue, structOf, type Value } from "../value/value.js";

// Prometheus puts this before every such template, so that positions in errors count from it.
const prelude =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

const dataType: GoType = {
  name: "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }",
};

export interface AlertTemplate {
  readonly template: Template;
}

export interface AlertData {
  readonly labels: QuerySample["labels"];
  readonly externalLabels: QuerySample["labels"];
  readonly externalUrl: string;
  /** The sample's value; a native histogram as a value that prints itself. */
  readonly value: Value;
}

const unanswered: PrometheusContext = {
  query: () => {
    throw new Error("no query outside of an evaluation");
  },
  timeMs: 0,
  externalUrl: "",
};

const parseFunctions = prometheusFunctions(unanswered);

/** Throws TemplateError: what a rule file's check reports. */
export function parseAlertTemplate(alertName: string, text: string): AlertTemplate {
  return {
    template: parseTemplate(`__alert_${alertName}`, prelude + text, { functions: parseFunctions, missingKey: "zero" }),
  };
}

export interface Expansion {
  /** What the label or annotation becomes: on an error, Prometheus' text of it. */
  readonly text: string;
  readonly error: TemplateError | undefined;
}

export interface ExpandOptions extends PrometheusContext {
  readonly limits?: Partial<TemplateLimits>;
}

export function expandAlertTemplate(alert: AlertTemplate, data: AlertData, options: ExpandOptions): Expansion {
  const { template } = alert;
  try {
    const text = execute(template, alertDataValue(data), {
      functions: contextFunctions(options),
      ...(options.limits ? { limits: options.limits } : {}),
    });
    return { text, error: undefined };
  } catch (error) {
    if (!(error instanceof TemplateError) || error.isPending) throw error;
    return {
      text: `<error expanding template: error executing template ${template.name}: ${error.message}>`,
      error,
    };
  }
}

function alertDataValue({ labels, externalLabels, externalUrl, value }: AlertData): StructValue {
  return structOf(dataType, [
    ["Labels", stringMapOf(labels)],
    ["ExternalLabels", stringMapOf(externalLabels)],
    ["ExternalURL", externalUrl],
    ["Value", value],
  ]);
}
