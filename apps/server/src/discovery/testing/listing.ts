// Tests of providers that list an HTTP API: answers by path → targets, as a table.
import type { SdSection } from "../../config/sd-section.js";
import type { Provider } from "../provider.js";
import { ApiServer, type Asked } from "./api.js";
import { runProvider, targetsOf } from "./world.js";

export type Listing<C> = {
  readonly provider: (url: string) => Provider<C>;
  readonly section: SdSection<C>;
  /** An entry of the config list for the API at this URL. */
  readonly yaml: (url: string) => string;
  readonly answers: (asked: Asked) => unknown;
};

export type Listed = {
  /** With `prefix` left out of the names, and labels that are empty left out. */
  readonly targets: readonly Record<string, string>[];
  readonly asked: readonly Asked[];
  readonly paths: readonly string[];
};

/** The first list of a provider. */
export async function listOnce<C>(listing: Listing<C>, prefix: string): Promise<Listed> {
  const api = await ApiServer.open(listing.answers);
  const running = runProvider(listing.provider(api.url), listing.section, listing.yaml(api.url));
  try {
    const failed = running.nextFailure().then(() => Promise.reject(new Error(running.logged.join(""))));
    const groups = await Promise.race([running.next(), failed]);
    const targets = targetsOf(groups).map((labels) =>
      Object.fromEntries(Object.entries(labels).map(([name, value]) => [name.replace(prefix, ""), value])),
    );
    return { targets, asked: api.asked, paths: api.paths };
  } finally {
    running.stop();
    await api.close();
  }
}
