// What a node says of a member, as Twitter's serversets and AirBnB's Nerve write it. Goes to: zookeeper/provider.
import { type Json, parseJson } from "../json.js";
import { joinHostPort, sanitizeLabelName } from "../label-name.js";

/** Throws an Error for data that says nothing of a member. */
export type ParseMember = (data: Buffer, path: string) => Record<string, string>;

export const parseServersetMember: ParseMember = (data, path) => {
  const member = parseJson(data);
  const service = endpointOf(either(member, "serviceEndpoint", "ServiceEndpoint"));
  const labels: Record<string, string> = {
    __address__: joinHostPort(service.host, service.port),
    __meta_serverset_path: path,
    __meta_serverset_endpoint_host: service.host,
    __meta_serverset_endpoint_port: service.port,
    __meta_serverset_status: member.at("status").text(),
    __meta_serverset_shard: String(member.at("shard").number()),
  };
  for (const [name, value] of either(member, "additionalEndpoints", "AdditionalEndpoints").fields()) {
    const { host, port } = endpointOf(value);
    labels[`__meta_serverset_endpoint_host_${sanitizeLabelName(name)}`] = host;
    labels[`__meta_serverset_endpoint_port_${sanitizeLabelName(name)}`] = port;
  }
  return labels;
};

export const parseNerveMember: ParseMember = (data, path) => {
  const member = parseJson(data);
  const { host, port } = endpointOf(member);
  return {
    __address__: joinHostPort(host, port),
    __meta_nerve_path: path,
    __meta_nerve_endpoint_host: host,
    __meta_nerve_endpoint_port: port,
    __meta_nerve_endpoint_name: member.at("name").text(),
  };
};

function endpointOf(endpoint: Json): { readonly host: string; readonly port: string } {
  return { host: endpoint.at("host").text(), port: String(endpoint.at("port").number()) };
}

function either(json: Json, name: string, other: string): Json {
  return json.at(name).isNull ? json.at(other) : json.at(name);
}
