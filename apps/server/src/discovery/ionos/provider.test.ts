import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { ionosSd } from "./config.js";
import { ionosProviderAt } from "./provider.js";

const nic = (name: string | undefined, ...ips: string[]): unknown => ({ properties: { name, ips } });
const server = {
  id: "523415e6",
  metadata: { state: "AVAILABLE" },
  properties: {
    name: "web",
    availabilityZone: "ZONE_2",
    cpuFamily: "INTEL_XEON",
    vmState: "RUNNING",
    type: "CUBE",
    bootVolume: { id: "v-1" },
    bootCdrom: { id: "c-1" },
  },
  entities: {
    nics: { items: [nic("first", "192.0.2.1"), nic(undefined, "10.0.0.1", "10.0.0.2")] },
    volumes: { items: [{ properties: { image: "i-1" } }] },
  },
};

test("servers with an address are targets", async () => {
  const { targets, paths } = await listOnce(
    {
      provider: ionosProviderAt,
      section: ionosSd,
      yaml: () => "{ datacenter_id: 8feda53f, port: 9100 }",
      answers: () => ({ id: "8feda53f/servers", items: [server, { id: "bare", properties: {}, entities: {} }] }),
    },
    "__meta_ionos_server_",
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.1:9100",
      availability_zone: "ZONE_2",
      boot_cdrom_id: "c-1",
      boot_image_id: "i-1",
      boot_volume_id: "v-1",
      cpu_family: "INTEL_XEON",
      id: "523415e6",
      ip: ",10.0.0.1,10.0.0.2,192.0.2.1,",
      lifecycle: "AVAILABLE",
      name: "web",
      nic_ip_first: ",192.0.2.1,",
      nic_ip_unnamed: ",10.0.0.1,10.0.0.2,",
      servers_id: "8feda53f/servers",
      state: "RUNNING",
      type: "CUBE",
    },
  ]);
  expect(paths).toEqual(["/datacenters/8feda53f/servers?depth=3"]);
});
