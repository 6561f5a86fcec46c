// Decoders that belong to one config file: relative paths start at its folder.
import {
  type Decoder,
  d,
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientDecoder,
  httpClientShape,
  type OptionalDecoder,
  resolveHttpClientPaths,
} from "@narthex/service";
import { pathDecoder } from "./values.js";

export type TlsConfig = NonNullable<HttpClientConfig["tls_config"]>;

export interface FileDecoders {
  readonly path: Decoder<string>;
  readonly http: Decoder<HttpClientConfig>;
  readonly tls: OptionalDecoder<TlsConfig | undefined>;
}

export function fileDecoders(configFile: string): FileDecoders {
  const http = d.refine(httpClientDecoder, (config) => resolveHttpClientPaths(config, configFile));
  const tls = d.refine(httpClientShape.tls_config, (tls_config) => {
    return resolveHttpClientPaths({ ...defaultHttpClientConfig, tls_config }, configFile).tls_config;
  });
  return { path: pathDecoder(configFile), http, tls: d.optional(tls) };
}
