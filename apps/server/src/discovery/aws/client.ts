// Signed requests to one service of one region. Goes to: aws/ec2, aws/lightsail.
import { createHttpClient, type HttpClient } from "@narthex/service";
import { userAgent } from "../../version.js";
import { ApiStatusError, answerBytesMax } from "../api-client.js";
import type { Provider, ProviderWorld, TargetGroup } from "../provider.js";
import { refreshRegularly } from "../refresh.js";
import type { AwsSdConfig } from "./config.js";
import { type AwsSurroundings, findCredentials } from "./credentials.js";
import { signedHeaders } from "./sigv4.js";

export type AwsCall = { readonly headers: Readonly<Record<string, string>>; readonly body: string };
export type AwsClient = (call: AwsCall) => Promise<string>;

export type AwsService<C> = {
  /** As in the metrics, and in the URL: "ec2". */
  readonly name: string;
  /** Of errors: "EC2". */
  readonly title: string;
  readonly list: (client: AwsClient, config: C, region: string) => Promise<TargetGroup>;
};

export function awsProvider<C extends AwsSdConfig>(service: AwsService<C>, around: AwsSurroundings): Provider<C> {
  const { name, title } = service;
  return {
    name,
    start(config, world) {
      const region = config.region || around.environment["AWS_REGION"] || "";
      if (region === "") throw new Error(`${title} SD configuration requires a region`);
      const http = createHttpClient(config, { userAgent, clock: world.clock });
      const refresh = async (signal: AbortSignal): Promise<TargetGroup[]> => {
        const credentials = await findCredentials(config, around);
        const endpoint = { http, config, region, name, world, signal };
        return [await service.list((call) => send(endpoint, call, credentials), config, region)];
      };
      const stop = refreshRegularly({ intervalMs: config.refresh_interval, world, refresh });
      return () => {
        stop();
        http.close();
      };
    },
  };
}

type Endpoint = {
  readonly http: HttpClient;
  readonly config: AwsSdConfig;
  readonly region: string;
  readonly name: string;
  readonly world: ProviderWorld;
  readonly signal: AbortSignal;
};

async function send(
  { http, config, region, name, world, signal }: Endpoint,
  { headers, body }: AwsCall,
  credentials: Parameters<typeof signedHeaders>[1],
): Promise<string> {
  const url = new URL(config.endpoint || `https://${name}.${region}.amazonaws.com/`);
  const signing = { method: "POST", url, headers, body, region, service: name, timeMs: world.clock.now() };
  const answer = await http.request({
    url: url.href,
    method: "POST",
    headers: signedHeaders(signing, credentials),
    body,
    timeoutMs: config.refresh_interval,
    bodyBytesMax: answerBytesMax,
    signal,
  });
  const text = answer.body.toString();
  if (answer.status !== 200) throw new ApiStatusError(answer.status, url.origin, text);
  return text;
}
