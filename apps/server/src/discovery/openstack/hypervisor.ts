// docs.openstack.org/api-ref/compute/#list-hypervisors-details. Goes to: openstack/provider.
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { OpenstackSdConfig } from "./config.js";
import type { Services } from "./services.js";

export async function hypervisorTargets(
  { port }: OpenstackSdConfig,
  services: Services,
): Promise<Record<string, string>[]> {
  const list = { service: "compute", path: "/os-hypervisors/detail", field: "hypervisors" } as const;
  return (await services.all(list)).map((hypervisor) => {
    const labels = {
      id: hypervisor.at("id").print(),
      hostname: hypervisor.at("hypervisor_hostname").text(),
      host_ip: hypervisor.at("host_ip").text(),
      status: hypervisor.at("status").text(),
      state: hypervisor.at("state").text(),
      type: hypervisor.at("hypervisor_type").text(),
    };
    const address = joinHostPort(labels.host_ip, port);
    return { __address__: address, ...prefixedLabels("__meta_openstack_hypervisor_", labels) };
  });
}
