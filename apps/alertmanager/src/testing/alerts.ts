// Alerts for tests.
import { fingerprint, labelsFrom } from "@narthex/model";
import type { Alert } from "../alerts/alert.js";

export function alertFrom(labels: Record<string, string>, fields: Partial<Alert> = {}): Alert {
  const sorted = labelsFrom(labels);
  return {
    labels: sorted,
    annotations: {},
    generatorURL: "",
    startsAt: 0,
    endsAt: Number.MAX_SAFE_INTEGER,
    updatedAt: 0,
    isTimeout: false,
    fingerprint: fingerprint(sorted),
    ...fields,
  };
}
