// Whether somebody shows metrics at an address: one GET of /metrics, which no redirect leads elsewhere.
// Comes from: local/provider. Goes to: the network, this machine only.
import {
  acceptHeader,
  defaultScrapeProtocols,
  ExpositionColumns,
  formatFromContentType,
  parseExposition,
} from "@narthex/formats";
import { createHttpClient, defaultHttpClientConfig, type HttpClient } from "@narthex/service";
import { userAgent } from "../../version.js";

/** Whether an address answers with metrics. Never rejects. */
export type Probe = (address: string, signal: AbortSignal) => Promise<boolean>;

const timeoutMs = 2000;
/** More than this is not read to find out what it is. */
export const probeBodyBytesMax: number = 16 * 1024 * 1024;

/** What speaks something else than HTTP, as a rule, and may log or count a request as an attack. */
const otherPorts: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 88, 110, 111, 135, 139, 143, 389, 445, 465, 514, 587, 631, 636, 873, 993, 995, 1433, 1521, 1883,
  2049, 2181, 3260, 3306, 3389, 4222, 5222, 5432, 5433, 5671, 5672, 5900, 6000, 6379, 6380, 6432, 8883, 9042, 9092,
  9300, 11211, 26379, 27017, 33060, 61616,
]);

export function isWorthAsking(port: number): boolean {
  return !otherPorts.has(port);
}

export function createProbe(): { readonly probe: Probe; readonly close: () => void } {
  const client = createHttpClient({ ...defaultHttpClientConfig, follow_redirects: false }, { userAgent });
  return { probe: (address, signal) => showsMetrics(client, { address, signal }), close: () => client.close() };
}

type Asked = { readonly address: string; readonly signal: AbortSignal };

async function showsMetrics(client: HttpClient, { address, signal }: Asked): Promise<boolean> {
  try {
    const { status, headers, body } = await client.request({
      url: `http://${address}/metrics`,
      headers: { accept: acceptHeader(defaultScrapeProtocols, "allow-utf-8") },
      timeoutMs,
      bodyBytesMax: probeBodyBytesMax,
      signal,
    });
    if (status !== 200) return false;
    const columns = new ExpositionColumns();
    parseExposition(body, formatFromContentType(headers["content-type"] ?? "").format, columns);
    return columns.count > 0;
  } catch {
    // Whatever it is that does not answer in a format of ours: it is no target, and that is the answer.
    return false;
  }
}
