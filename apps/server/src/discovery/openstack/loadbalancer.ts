// Load balancers with a listener of protocol PROMETHEUS, at its port
// (docs.openstack.org/api-ref/load-balancer/v2). Goes to: openstack/provider.
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { TargetsOf } from "./services.js";

export const loadbalancerTargets: TargetsOf = async (_, services) => {
  const balancers = await services.all({
    service: "loadBalancer",
    path: "/lbaas/loadbalancers",
    field: "loadbalancers",
  });
  const listeners = await services.all({ service: "loadBalancer", path: "/lbaas/listeners", field: "listeners" });
  const ips = await services.all({ service: "network", path: "/floatingips", field: "floatingips" });
  const floating = new Map(ips.map((ip) => [ip.at("port_id").text(), ip.at("floating_ip_address").text()] as const));
  const telling = listeners.filter((listener) => listener.at("protocol").text() === "PROMETHEUS");
  return balancers.flatMap((balancer) => {
    const listener = telling.find((one) => isOf(one, balancer));
    return listener ? [balancerTarget(balancer, listener, floating)] : [];
  });
};

function isOf(listener: Json, balancer: Json): boolean {
  const id = balancer.at("id").text();
  return listener
    .at("loadbalancers")
    .list()
    .some((one) => one.at("id").text() === id);
}

function balancerTarget(balancer: Json, listener: Json, floating: ReadonlyMap<string, string>): Record<string, string> {
  const text = (field: string): string => balancer.at(field).text();
  const labels = {
    id: text("id"),
    name: text("name"),
    operating_status: text("operating_status"),
    provisioning_status: text("provisioning_status"),
    availability_zone: text("availability_zone"),
    vip: text("vip_address"),
    provider: text("provider"),
    tags: balancer.at("tags").textList().join(","),
    floating_ip: floating.get(text("vip_port_id")) ?? "",
  };
  return {
    __address__: joinHostPort(labels.vip, listener.at("protocol_port").number()),
    ...prefixedLabels("__meta_openstack_loadbalancer_", labels),
    __meta_openstack_project_id: text("project_id"),
  };
}
