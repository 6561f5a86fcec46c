// openstack_sd_configs: hypervisors, instances or load balancers of one region. Goes to: openstack/provider.
import { d, type Secret, type TlsConfig, tlsDecoder } from "@narthex/service";
import {
  type Fail,
  portField,
  refreshField,
  roleField,
  type SdSection,
  textField,
  withTlsFiles,
} from "../../config/sd-section.js";

export const openstackRoles = ["hypervisor", "instance", "loadbalancer"] as const;

export type OpenstackSdConfig = {
  /** Of Keystone, version 3; "" for what the environment says about all the following. */
  readonly identity_endpoint: string;
  readonly username: string;
  readonly userid: string;
  readonly password: Secret | undefined;
  readonly project_name: string;
  readonly project_id: string;
  readonly domain_name: string;
  readonly domain_id: string;
  readonly application_credential_name: string;
  readonly application_credential_id: string;
  readonly application_credential_secret: Secret | undefined;
  readonly role: string;
  readonly region: string;
  readonly refresh_interval: number;
  readonly port: number;
  readonly all_tenants: boolean;
  readonly tls_config: TlsConfig | undefined;
  /** Which of a service's endpoints: "public", "internal" or "admin". */
  readonly availability: string;
};

const shape = {
  identity_endpoint: textField,
  username: textField,
  userid: textField,
  password: d.optional(d.secret),
  project_name: textField,
  project_id: textField,
  domain_name: textField,
  domain_id: textField,
  application_credential_name: textField,
  application_credential_id: textField,
  application_credential_secret: d.optional(d.secret),
  role: roleField(openstackRoles, {
    initial: "",
    refuse: (role) => `unknown OpenStack SD role ${JSON.stringify(role)}`,
  }),
  region: textField,
  refresh_interval: refreshField(60_000),
  port: portField(80),
  all_tenants: d.withDefault(d.boolean, false),
  tls_config: d.optional(tlsDecoder),
  availability: d.withDefault(d.string, "public"),
};

export const openstackSd: SdSection<OpenstackSdConfig> = {
  decoder: d.refine(d.object("openstack.plain", shape), checkOpenstack),
  withPaths: withTlsFiles,
};

function checkOpenstack(config: OpenstackSdConfig, fail: Fail): OpenstackSdConfig {
  if (!["public", "internal", "admin"].includes(config.availability)) {
    fail(`unknown availability ${config.availability}, must be one of admin, internal or public`);
  }
  if (config.role === "") fail("role missing (one of: instance, hypervisor, loadbalancer)");
  if (config.region === "") fail("openstack SD configuration requires a region");
  return config;
}
