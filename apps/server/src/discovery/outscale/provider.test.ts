import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { outscaleSd } from "./config.js";
import { outscaleProvider } from "./provider.js";

const machine = {
  VmId: "i-1",
  State: "running",
  PrivateIp: "10.0.0.4",
  PublicIp: "192.0.2.4",
  Placement: { SubregionName: "eu-west-2a", Tenancy: "default" },
  Tags: [
    { Key: "team:name", Value: "a" },
    { Key: "empty", Value: "" },
  ],
};

test("machines of all pages are targets; the request is signed", async () => {
  const { targets, asked, paths } = await listOnce(
    {
      provider: () => outscaleProvider,
      section: outscaleSd,
      yaml: (url) => `{ endpoint: "${url}/api/v1", access_key: AKID, secret_key: s, port: 9100 }`,
      answers: ({ body }) =>
        body === "{}"
          ? { Vms: [machine, { VmId: "i-2" }], NextPageToken: "n" }
          : { Vms: [{ VmId: "i-3", PublicIp: "192.0.2.5" }] },
    },
    "__meta_outscale_vm_",
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.4:9100",
      instance_id: "i-1",
      private_ip: "10.0.0.4",
      public_ip: "192.0.2.4",
      region: "eu-west-2",
      state: "running",
      subregion: "eu-west-2a",
      tag_team_name: "a",
    },
    { __address__: "192.0.2.5:9100", instance_id: "i-3", public_ip: "192.0.2.5", region: "eu-west-2" },
  ]);
  expect(paths).toEqual(["/api/v1/ReadVms", "/api/v1/ReadVms"]);
  expect(asked[1]?.body).toBe('{"NextPageToken":"n"}');
  expect(asked[0]?.headers.authorization).toContain("Credential=AKID/19700101/eu-west-2/oapi/aws4_request");
});
