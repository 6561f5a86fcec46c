// What the remote write receiver tells about itself, under Prometheus' names.
import { Counter, type Registry } from "@narthex/client";
import type { Written } from "./receiver.js";

export type ReceiverMetrics = { readonly count: (written: Written) => void };

export function receiverMetrics(registry: Registry): ReceiverMetrics {
  const registers = [registry];
  const invalidLabels = new Counter({
    name: "prometheus_api_remote_write_invalid_labels_samples_total",
    help: "The total number of received remote write samples and histogram samples which were rejected due to invalid labels.",
    registers,
  });
  const withoutMetadata = new Counter({
    name: "prometheus_api_remote_write_without_metadata_appended_samples_total",
    help: "The total number of received remote write samples (and histogram samples) which were ingested without corresponding metadata.",
    registers,
  });
  invalidLabels.inc(0);
  withoutMetadata.inc(0);
  return {
    count(written) {
      invalidLabels.inc(written.withInvalidLabels);
      withoutMetadata.inc(written.withoutMetadata);
    },
  };
}
