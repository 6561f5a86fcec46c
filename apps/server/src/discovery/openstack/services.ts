// Lists of OpenStack's services, page by page. Goes to: openstack/instance, hypervisor, loadbalancer.
import type { Logger } from "@narthex/service";
import { type ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { allPages } from "../pages.js";
import type { OpenstackSdConfig } from "./config.js";
import { endpointOf, type Session } from "./keystone.js";

/** Types that a service goes by in the catalog, and what its API's path starts with. */
export const services = {
  compute: { types: ["compute"], path: "" },
  network: { types: ["network"], path: "/v2.0" },
  loadBalancer: { types: ["load-balancer", "network"], path: "/v2.0" },
} as const;

export type ServicesOptions = {
  readonly api: ApiClient;
  readonly session: Session;
  readonly region: string;
  readonly availability: string;
  readonly signal: AbortSignal;
};

export type ServiceList = {
  readonly service: keyof typeof services;
  /** Below the version. */
  readonly path: string;
  readonly field: string;
  readonly query?: Readonly<Record<string, string>>;
};

export class Services {
  readonly #options: ServicesOptions;

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  all({ service, path, field, query }: ServiceList): Promise<Json[]> {
    const { api, session, region, availability, signal } = this.#options;
    const { types, path: version } = services[service];
    const base = endpointOf(session.catalog, { types, region, availability });
    const start = version === "" || base.replace(/\/+$/, "").endsWith(version) ? "" : version;
    const first = apiUrl(base, `${start}${path}`, query);
    return allPages(async (page) => {
      const answer = await api.json({ url: page || first, headers: { "x-auth-token": session.token }, signal });
      const links = answer.at(`${field}_links`).list();
      const next = links.find((link) => link.at("rel").text() === "next");
      return { items: answer.at(field).list(), next: next?.at("href").text() ?? "" };
    });
  }
}

/** What one role makes of the services. */
export type TargetsOf = (
  config: OpenstackSdConfig,
  services: Services,
  logger: Logger,
) => Promise<Record<string, string>[]>;
