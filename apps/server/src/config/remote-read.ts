// remote_read: whom queries ask besides our own storage. Goes to: remote/read.
import { checkHttpClient, type Decoder, d, type HttpClientConfig, httpClientShape } from "@narthex/service";
import { type Headers, remoteHeaders } from "./headers.js";
import { type Located, located, nonNull, type ShapeOf } from "./shape.js";
import { url } from "./url.js";

/** The timeout in ms, the limit in bytes. */
export type RemoteReadConfig = {
  readonly url: string;
  readonly remote_timeout: number;
  readonly chunked_read_limit: number;
  readonly headers: Headers;
  readonly read_recent: boolean;
  readonly name: string;
  readonly required_matchers: Readonly<Record<string, string>>;
  readonly filter_external_labels: boolean;
} & HttpClientConfig;

const shape: ShapeOf<RemoteReadConfig> = {
  url: d.withDefault(url, ""),
  remote_timeout: d.withDefault(d.duration, 60_000),
  chunked_read_limit: d.withDefault(d.unsigned, 50_000_000),
  headers: d.withDefault(remoteHeaders, {}),
  read_recent: d.withDefault(d.boolean, false),
  name: d.withDefault(d.string, ""),
  ...httpClientShape,
  required_matchers: d.withDefault(d.map(d.string), {}),
  filter_external_labels: d.withDefault(d.boolean, true),
};

export const remoteReadConfigs: Decoder<readonly Located<RemoteReadConfig>[]> = d.list(
  located(
    nonNull(
      d.refine(d.object("config.RemoteReadConfig", shape), (config, fail) => {
        if (config.url === "") fail("url for remote_read is empty");
        return checkHttpClient(config, fail);
      }),
      "empty or null remote read config section",
    ),
  ),
);
