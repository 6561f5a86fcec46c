// What the OTLP receiver tells about itself, under Prometheus' names.
import { Counter, type Registry } from "@narthex/client";
import type { Written } from "../remote/receiver.js";

export type OtlpMetrics = { readonly count: (written: Written) => void };

export function otlpMetrics(registry: Registry): OtlpMetrics {
  const registers = [registry];
  const withoutMetadata = new Counter({
    name: "prometheus_api_otlp_appended_samples_without_metadata_total",
    help: "The total number of samples ingested from OTLP without corresponding metadata.",
    registers,
  });
  const outOfOrderExemplars = new Counter({
    name: "prometheus_api_otlp_out_of_order_exemplars_total",
    help: "The total number of received OTLP exemplars which were rejected because they were out of order.",
    registers,
  });
  withoutMetadata.inc(0);
  outOfOrderExemplars.inc(0);
  return {
    count(written) {
      withoutMetadata.inc(written.withoutMetadata);
      outOfOrderExemplars.inc(written.exemplarsOutOfOrder);
    },
  };
}
