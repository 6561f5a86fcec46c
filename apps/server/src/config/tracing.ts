// tracing: where spans go, and how many. Goes to: tracing.
import { type Decoder, d, type TlsConfig, tlsDecoder } from "@narthex/service";
import { type Headers, ownHeaders } from "./headers.js";
import type { ShapeOf } from "./shape.js";

/** The timeout in ms. */
export type TracingConfig = {
  readonly client_type: string;
  readonly endpoint: string;
  readonly sampling_fraction: number;
  readonly insecure: boolean;
  readonly tls_config: TlsConfig | undefined;
  readonly headers: Headers;
  readonly compression: string;
  readonly timeout: number;
};

const clientType: Decoder<string> = d.refine(d.string, (type, fail) =>
  type === "http" || type === "grpc"
    ? type
    : fail(`expected tracing client type to be to be http or grpc, but got ${type}`),
);

const shape: ShapeOf<TracingConfig> = {
  client_type: d.withDefault(clientType, "grpc"),
  endpoint: d.withDefault(d.string, ""),
  sampling_fraction: d.withDefault(d.number, 0),
  insecure: d.withDefault(d.boolean, false),
  tls_config: d.optional(tlsDecoder),
  headers: d.withDefault(ownHeaders("custom authorization header configuration is not yet supported"), {}),
  compression: d.withDefault(d.string, ""),
  timeout: d.withDefault(d.duration, 10_000),
};

export const tracingSection: Decoder<TracingConfig> = d.refine(
  d.object("config.TracingConfig", shape),
  (config, fail) => {
    if (config.endpoint === "") fail("tracing endpoint must be set");
    if (config.compression !== "" && config.compression !== "gzip") {
      fail(`invalid compression type ${config.compression} provided, valid options: gzip`);
    }
    return config;
  },
);
