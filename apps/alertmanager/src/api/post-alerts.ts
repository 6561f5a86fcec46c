// POST /alerts: reports of alerts → alert store. Good ones are kept even where others are refused.
import { fingerprint, labelsFrom } from "@narthex/model";
import { type Alert, isResolved } from "../alerts/alert.js";
import { BodyReader, malformed, parseBody } from "./body.js";
import type { ApiContext } from "./context.js";
import { ApiError } from "./respond.js";

/** An alert as it was posted; times in milliseconds. */
interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
}

/** Throws SchemaError where nothing was kept, ApiError 400 where some alerts were refused. */
export function postAlerts(context: ApiContext, text: string): void {
  const posted = readAlerts(text);
  const now = context.clock.now();
  const { resolveTimeoutMs } = context.generation();
  const valid: Alert[] = [];
  const mistakes: string[] = [];
  for (const one of posted) {
    const alert = alertFrom(one, now, resolveTimeoutMs);
    const mistake = mistakeIn(alert);
    context.metrics.received.inc({ status: isResolved(alert, now) ? "resolved" : "firing", version: "v2" });
    if (mistake === undefined) valid.push(alert);
    else mistakes.push(mistake);
  }
  context.alerts.put(valid);
  if (mistakes.length === 0) return;
  context.metrics.invalid.inc({ version: "v2" }, mistakes.length);
  throw new ApiError(400, mistakes.join("; "));
}

function readAlerts(text: string): PostedAlert[] {
  const body = parseBody("alerts", text);
  if (body === null) return [];
  if (!Array.isArray(body)) throw malformed("alerts", "json: cannot unmarshal object into a list of alerts");
  return body.map((value, i) => {
    const reader = new BodyReader("alerts", value, `${i}.`);
    reader.require("labels");
    return {
      labels: reader.labels("labels") ?? {},
      annotations: reader.labels("annotations") ?? {},
      generatorURL: reader.uri("generatorURL") ?? "",
      startsAt: reader.time("startsAt"),
      endsAt: reader.time("endsAt"),
    };
  });
}

function alertFrom(posted: PostedAlert, now: number, resolveTimeoutMs: number): Alert {
  const labels = labelsFrom(posted.labels);
  return {
    labels,
    annotations: posted.annotations,
    generatorURL: posted.generatorURL,
    startsAt: posted.startsAt ?? posted.endsAt ?? now,
    // Who does not say until when has to say it again in time.
    endsAt: posted.endsAt ?? now + resolveTimeoutMs,
    isTimeout: posted.endsAt === undefined,
    updatedAt: now,
    fingerprint: fingerprint(labels),
  };
}

function mistakeIn(alert: Alert): string | undefined {
  if (alert.endsAt < alert.startsAt) return "start time must be before end time";
  if (alert.labels.some((text, i) => i % 2 === 0 && text === "")) return 'invalid label set: invalid name ""';
  if (alert.labels.length === 0) return "at least one label pair required";
  if (Object.hasOwn(alert.annotations, "")) return 'invalid annotations: invalid name ""';
  return undefined;
}
