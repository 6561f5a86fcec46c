// Lists of Scaleway's APIs, page by page. Goes to: scaleway/instance, scaleway/baremetal.
import { type ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { allPages } from "../pages.js";
import type { ScalewaySdConfig } from "./config.js";

export type PagesOptions = {
  readonly base: string;
  readonly api: ApiClient;
  readonly signal: AbortSignal;
  readonly token: string;
};

export type PageList = {
  readonly path: string;
  /** Of the answer's list. */
  readonly field: string;
  /** What the API calls the length of a page. */
  readonly length: "per_page" | "page_size";
  readonly query?: Readonly<Record<string, string>>;
};

const itemsPerPage = 100;

export class Pages {
  readonly #options: PagesOptions;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  all({ path, field, length, query }: PageList): Promise<Json[]> {
    const { base, api, signal, token } = this.#options;
    let count = 0;
    return allPages(async (next) => {
      const page = Number(next || 1);
      const url = apiUrl(base, path, { ...query, page: String(page), [length]: String(itemsPerPage) });
      const { json, headers } = await api.ask({ url, headers: { "x-auth-token": token }, signal });
      const items = json.at(field).list();
      count += items.length;
      const total = json.at("total_count").isNull
        ? Number(headers["x-total-count"] ?? 0)
        : json.at("total_count").number();
      return { items, next: items.length === 0 || count >= total ? "" : String(page + 1) };
    });
  }
}

/** The filters of the config as both APIs take them. */
export function filterQuery({ name_filter, tags_filter }: ScalewaySdConfig): Record<string, string> {
  return {
    ...(name_filter === "" ? {} : { name: name_filter }),
    ...(tags_filter.length === 0 ? {} : { tags: tags_filter.join(",") }),
  };
}
