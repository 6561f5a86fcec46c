import { expect, test } from "vitest";
import { listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { parseXml } from "../xml.js";
import { ec2Sd, lightsailSd } from "./config.js";
import { ec2ProviderIn } from "./ec2.js";
import { lightsailProviderIn } from "./lightsail.js";
import { signedHeaders } from "./sigv4.js";
import type { AwsSurroundings } from "./surroundings.js";

const nowhere: AwsSurroundings = {
  environment: { AWS_SHARED_CREDENTIALS_FILE: "/nowhere", AWS_CONFIG_FILE: "/nowhere" },
  metadataUrl: "http://127.0.0.1:1",
};
const keys = "region: eu-west-1, access_key: AKID, secret_key: secret";

test("a request is signed as AWS' own example get-vanilla", () => {
  const request = {
    method: "GET",
    url: new URL("https://example.amazonaws.com/"),
    headers: {},
    body: "",
    region: "us-east-1",
    service: "service",
    timeMs: Date.UTC(2015, 7, 30, 12, 36, 0),
  };
  const credentials = { accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  expect(signedHeaders(request, credentials)["authorization"]).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, " +
      "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  );
});

const zones = `<?xml version="1.0"?><DescribeAvailabilityZonesResponse xmlns="http://ec2"><availabilityZoneInfo><item>
  <zoneName>eu-west-1a</zoneName><zoneId>euw1-az1</zoneId></item></availabilityZoneInfo></DescribeAvailabilityZonesResponse>`;
const instances = `<DescribeInstancesResponse><reservationSet><item><ownerId>1234</ownerId><instancesSet><item>
  <instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState>
  <privateDnsName>ip.internal</privateDnsName><dnsName>ec2.example.com</dnsName><instanceType>t3.micro</instanceType>
  <instanceLifecycle>spot</instanceLifecycle>
  <placement><availabilityZone>eu-west-1a</availabilityZone></placement><subnetId>subnet-a</subnetId><vpcId>vpc-1</vpcId>
  <privateIpAddress>10.0.0.2</privateIpAddress><ipAddress>192.0.2.2</ipAddress><architecture>x86_64</architecture>
  <tagSet><item><key>team:name</key><value>a &amp; b</value></item></tagSet><networkInterfaceSet>
  <item><subnetId>subnet-a</subnetId><ipv6AddressesSet><item><ipv6Address>2001:db8::2</ipv6Address>
  <isPrimaryIpv6>true</isPrimaryIpv6></item></ipv6AddressesSet></item>
  <item><subnetId>subnet-b</subnetId><ipv6AddressesSet/></item></networkInterfaceSet></item>
  <item><instanceId>i-2</instanceId></item></instancesSet></item></reservationSet></DescribeInstancesResponse>`;

test("EC2 instances with a private address are targets", async () => {
  const { targets, asked } = await listOnce(
    {
      provider: () => ec2ProviderIn(nowhere),
      section: ec2Sd,
      yaml: (url) => `{ ${keys}, endpoint: "${url}", filters: [{ name: tag:env, values: [prod, test] }] }`,
      answers: ({ body }) => (body.includes("DescribeInstances") ? instances : zones),
    },
    "__meta_ec2_",
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.2:80",
      ami: "ami-1",
      architecture: "x86_64",
      availability_zone: "eu-west-1a",
      availability_zone_id: "euw1-az1",
      instance_id: "i-1",
      instance_lifecycle: "spot",
      instance_state: "running",
      instance_type: "t3.micro",
      ipv6_addresses: ",2001:db8::2,",
      primary_ipv6_addresses: ",2001:db8::2,",
      owner_id: "1234",
      primary_subnet_id: "subnet-a",
      private_dns_name: "ip.internal",
      private_ip: "10.0.0.2",
      public_dns_name: "ec2.example.com",
      public_ip: "192.0.2.2",
      region: "eu-west-1",
      subnet_id: ",subnet-a,subnet-b,",
      tag_team_name: "a & b",
      vpc_id: "vpc-1",
    },
  ]);
  expect(asked[1]?.body).toBe(
    "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3Aenv&Filter.1.Value.1=prod&Filter.1.Value.2=test",
  );
  expect(asked[1]?.headers.authorization).toContain("Credential=AKID/19700101/eu-west-1/ec2/aws4_request");
});

test("Lightsail instances of all pages are targets", async () => {
  const instance = {
    name: "web",
    supportCode: "1/i-1",
    location: { availabilityZone: "eu-west-1a" },
    blueprintId: "debian_12",
    bundleId: "nano_3_0",
    state: { name: "running" },
    privateIpAddress: "10.0.0.3",
    publicIpAddress: "192.0.2.3",
    ipv6Addresses: ["2001:db8::3"],
    tags: [{ key: "env", value: "prod" }],
  };
  const { targets, asked } = await listOnce(
    {
      provider: () => lightsailProviderIn(nowhere),
      section: lightsailSd,
      yaml: (url) => `{ ${keys}, endpoint: "${url}", port: 9100 }`,
      answers: ({ body }) => (body === "{}" ? { instances: [], nextPageToken: "2" } : { instances: [instance, {}] }),
    },
    "__meta_lightsail_",
  );
  expect(targets).toEqual([
    {
      __address__: "10.0.0.3:9100",
      availability_zone: "eu-west-1a",
      blueprint_id: "debian_12",
      bundle_id: "nano_3_0",
      instance_name: "web",
      instance_state: "running",
      instance_support_code: "1/i-1",
      ipv6_addresses: ",2001:db8::3,",
      private_ip: "10.0.0.3",
      public_ip: "192.0.2.3",
      region: "eu-west-1",
      tag_env: "prod",
    },
  ]);
  expect(asked[1]).toMatchObject({ body: '{"pageToken":"2"}' });
});

const broken = ["<a>", "<a></b>", "a</b>", "<a", "<a><b></a></b>"];

test.each(broken)("%j is no XML", (text) => {
  expect(() => parseXml(text)).toThrow("as XML");
});

const mistakes: [yaml: string, text: string][] = [
  ["{ filters: [{ name: a, values: }] }", "EC2 SD configuration filter values cannot be empty"],
  ["{ bearer_token: a, bearer_token_file: b }", "at most one of bearer_token & bearer_token_file must be configured"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(ec2Sd, yaml)).toThrow(text);
});
