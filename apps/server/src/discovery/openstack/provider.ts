// openstack_sd_configs: hypervisors, instances or load balancers of one region. Goes to: discovery/manager.

import { defaultHttpClientConfig } from "@narthex/service";
import type { Provider } from "../provider.js";
import { sessionProvider } from "../refresh.js";
import { TokenKeeper } from "../token.js";
import type { OpenstackSdConfig } from "./config.js";
import { hypervisorTargets } from "./hypervisor.js";
import { instanceTargets } from "./instance.js";
import { type Environment, loginOf, openSession } from "./keystone.js";
import { loadbalancerTargets } from "./loadbalancer.js";
import { Services, type TargetsOf } from "./services.js";

const roles: Readonly<Record<string, TargetsOf>> = {
  hypervisor: hypervisorTargets,
  instance: instanceTargets,
  loadbalancer: loadbalancerTargets,
};

export const openstackProvider: Provider<OpenstackSdConfig> = openstackProviderIn(process.env);

export function openstackProviderIn(environment: Environment): Provider<OpenstackSdConfig> {
  return sessionProvider<OpenstackSdConfig>({
    name: "openstack",
    http: ({ tls_config }) => ({ ...defaultHttpClientConfig, tls_config }),
    open: ({ config, api, world }) => {
      const { region, availability, role } = config;
      const login = loginOf(config, environment);
      const sessions = new TokenKeeper(world.clock, (signal) => openSession(login, api, signal));
      return (signal) =>
        sessions.use(signal, async (session) => {
          const services = new Services({ api, session, region, availability, signal });
          const targets = (await roles[role]?.(config, services, world.logger)) ?? [];
          return [{ source: `OS_${region}`, targets, labels: {} }];
        });
    },
  });
}
