// Signed requests to the services of one region. Goes to: aws/<service>.
import { createHttpClient, type HttpClient } from "@narthex/service";
import { userAgent } from "../../version.js";
import { ApiStatusError, answerBytesMax } from "../api-client.js";
import type { Provider, ProviderWorld, TargetGroup } from "../provider.js";
import { refreshRegularly } from "../refresh.js";
import { parseXml, type Xml } from "../xml.js";
import type { AwsSdConfig } from "./config.js";
import { AwsIdentity } from "./identity.js";
import { findRegion } from "./region.js";
import { signedHeaders } from "./sigv4.js";
import { type AwsSurroundings, awsEndpoint } from "./surroundings.js";

export type AwsCall = {
  /** Instead of the client's own: ecs asks ec2 too. */
  readonly service?: string;
  readonly method?: string;
  /** With its query; "/" when absent. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

export type AwsClient = (call: AwsCall) => Promise<string>;

export type AwsScope<C> = { readonly config: C; readonly region: string; readonly world: ProviderWorld };

export type AwsService<C> = {
  /** As in the metrics: "msk". */
  readonly name: string;
  /** As in URLs and signatures where that is another: "kafka". */
  readonly service?: string;
  readonly list: (client: AwsClient, scope: AwsScope<C>) => Promise<TargetGroup>;
};

export function awsProvider<C extends AwsSdConfig>(
  { name, service = name, list }: AwsService<C>,
  around: AwsSurroundings,
): Provider<C> {
  return {
    name,
    start(config, world) {
      const http = createHttpClient(config, { userAgent, clock: world.clock });
      const identity = new AwsIdentity({ config, around, http, clock: world.clock });
      let region: string | undefined;
      const refresh = async (signal: AbortSignal): Promise<TargetGroup[]> => {
        region ??= await findRegion(config, around);
        const credentials = await identity.credentials(region, signal);
        const place = { http, around, config, service, region, world, signal };
        return [await list((call) => send(place, call, credentials), { config, region, world })];
      };
      const stop = refreshRegularly({ intervalMs: config.refresh_interval, world, refresh });
      return () => {
        stop();
        http.close();
      };
    },
  };
}

type Place = {
  readonly http: HttpClient;
  readonly around: AwsSurroundings;
  readonly config: AwsSdConfig;
  readonly service: string;
  readonly region: string;
  readonly world: ProviderWorld;
  readonly signal: AbortSignal;
};

async function send(
  { http, around, config, service: own, region, world, signal }: Place,
  { service = own, method = "POST", path = "/", headers = {}, body }: AwsCall,
  credentials: Parameters<typeof signedHeaders>[1],
): Promise<string> {
  const base = (service === own && config.endpoint) || awsEndpoint(service, region, around);
  const url = new URL(`${base.replace(/\/+$/, "")}${path}`);
  const signing = { method, url, headers, body, region, service, timeMs: world.clock.now() };
  const answer = await http.request({
    url: url.href,
    method,
    headers: signedHeaders(signing, credentials),
    ...(method === "GET" ? {} : { body }),
    timeoutMs: config.refresh_interval,
    bodyBytesMax: answerBytesMax,
    signal,
  });
  const text = answer.body.toString();
  if (answer.status !== 200) throw new ApiStatusError(answer.status, url.origin, text);
  return text;
}

/** A call of the services that take forms and answer XML: the element `<action>Result`, or the whole answer. */
export type QueryCall = {
  readonly action: string;
  readonly version: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly service?: string;
};

export async function query(client: AwsClient, { action, version, parameters, service }: QueryCall): Promise<Xml> {
  const body = new URLSearchParams({ Action: action, Version: version, ...parameters }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = parseXml(await client({ headers, body, ...(service === undefined ? {} : { service }) }));
  const response = answer.at(`${action}Response`);
  if (!response) throw new Error(`AWS' answer to ${action} has no ${action}Response`);
  return response.at(`${action}Result`) ?? response;
}

/** Filter.1.Name, Filter.1.Value.1 and so on; `list` is what the service calls the values' list. */
export function filterParameters(
  filters: readonly { readonly name: string; readonly values: readonly string[] }[],
  { prefix, value }: { readonly prefix: string; readonly value: string },
): Record<string, string> {
  const pairs = filters.flatMap(({ name, values }, i) => [
    [`${prefix}.${i + 1}.Name`, name],
    ...values.map((text, j) => [`${prefix}.${i + 1}.${value}.${j + 1}`, text]),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
