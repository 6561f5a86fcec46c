// One virtual machine as a target. Goes to: azure/provider.
import type { Logger } from "@narthex/service";
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { AzureSdConfig } from "./config.js";

export type Machine = {
  readonly json: Json;
  /** Name of the set that it belongs to; "" for none. */
  readonly scaleSet: string;
};

export type MachineScope = {
  readonly config: AzureSdConfig;
  readonly logger: Logger;
  readonly interfaceOf: (id: string) => Promise<Json | undefined>;
};

const prefix = "__meta_azure_";

/** Undefined for a machine that is not running, or whose interface is gone. */
export async function machineLabels(
  machine: Machine,
  scope: MachineScope,
): Promise<Record<string, string> | undefined> {
  const address = await primaryAddress(machine, scope);
  if (!address) return undefined;
  const { json } = machine;
  const { config } = scope;
  const property = (...names: string[]): string => json.at("properties", ...names).text();
  const labels = {
    subscription_id: config.subscription_id,
    tenant_id: config.tenant_id,
    machine_id: json.at("id").text(),
    machine_name: json.at("name").text(),
    machine_computer_name: property("osProfile", "computerName"),
    machine_os_type: property("storageProfile", "osDisk", "osType"),
    machine_location: json.at("location").text(),
    machine_resource_group: resourceGroupOf(json.at("id").text()),
    machine_size: property("hardwareProfile", "vmSize"),
    machine_scale_set: machine.scaleSet,
    machine_public_ip: address.publicIp,
    machine_private_ip: address.privateIp,
  };
  return {
    __address__: joinHostPort(address.privateIp, config.port),
    ...prefixedLabels(prefix, labels),
    ...prefixedLabels(`${prefix}machine_tag_`, json.at("tags").texts()),
  };
}

type Address = { readonly privateIp: string; readonly publicIp: string };

async function primaryAddress({ json }: Machine, { logger, interfaceOf }: MachineScope): Promise<Address | undefined> {
  const name = json.at("name").text();
  for (const reference of json.at("properties", "networkProfile", "networkInterfaces").list()) {
    const found = await interfaceOf(reference.at("id").text());
    if (!found) return undefined;
    const properties = found.at("properties");
    if (properties.isNull) continue;
    // Only the interface of a machine that is allocated says whether it is the primary one.
    if (properties.at("primary").isNull) {
      logger.debug({ machine: name }, "Skipping deallocated virtual machine");
      return undefined;
    }
    const configuration = properties.at("ipConfigurations").list()[0]?.at("properties");
    if (!properties.at("primary").flag() || !configuration) continue;
    const privateIp = configuration.at("privateIPAddress").text();
    if (privateIp === "") throw new Error(`unable to find a private IP for VM ${name}`);
    return { privateIp, publicIp: configuration.at("publicIPAddress", "properties", "ipAddress").text() };
  }
  return undefined;
}

function resourceGroupOf(id: string): string {
  return /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? "";
}
