import { createHttpClient, defaultHttpClientConfig, parseYamlFile } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { expect, onTestFinished, test } from "vitest";
import { type Sigv4Config, sigv4 } from "../config/cloud-auth.js";
import { awsSigner } from "../discovery/aws/signer.js";
import { signedHeaders } from "../discovery/aws/sigv4.js";
import type { AwsEnvironment } from "../discovery/aws/surroundings.js";
import { ApiServer, Reply } from "../discovery/testing/api.js";
import { signedClient } from "./signed-client.js";

function parse(yaml: string): Sigv4Config {
  return parseYamlFile("test.yml", yaml, sigv4);
}

async function serve(status: number, answer: string): Promise<ApiServer> {
  const server = await ApiServer.open(() => new Reply(status, answer));
  onTestFinished(() => server.close());
  return server;
}

const alerts = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: "[]",
  timeoutMs: 5000,
  bodyBytesMax: 1024,
};

test("alerts are signed for Amazon's Prometheus, as they arrive there", async () => {
  const server = await serve(200, "");
  const client = signedClient(
    createHttpClient(defaultHttpClientConfig),
    parse("{ region: eu-west-1, access_key: AKID, secret_key: secret }"),
  );
  onTestFinished(() => client.close());
  const answer = await client.request({ ...alerts, url: `${server.url}//workspaces/ws/api/v2/alerts/` });
  expect(answer.status).toBe(200);
  const [asked] = server.asked;
  expect(asked).toMatchObject({ path: "/workspaces/ws/api/v2/alerts", body: "[]" });
  const time = String(asked?.headers["x-amz-date"]);
  const timeMs = Date.parse(time.replace(/^(....)(..)(.....)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
  const url = new URL(`${server.url}/workspaces/ws/api/v2/alerts`);
  const request = { ...alerts, url, region: "eu-west-1", service: "aps", timeMs };
  const { authorization } = signedHeaders(request, { accessKey: "AKID", secretKey: "secret" });
  expect(asked?.headers.authorization).toBe(authorization);
});

const lent = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>L</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
  <SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

test("a role is asked of the token service, for another service's name", async () => {
  const sts = await serve(200, lent);
  const config = parse(
    "{ access_key: a, secret_key: b, role_arn: arn:r, service_name: execute-api, use_fips_sts_endpoint: true }",
  );
  const environment: AwsEnvironment = {
    AWS_REGION: "us-east-2",
    "AWS_ENDPOINT_URL_STS-FIPS": sts.url,
    AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
    AWS_CONFIG_FILE: "/nowhere",
  };
  const signer = awsSigner(config, { environment, metadataUrl: "http://127.0.0.1:1" }, new SimClock(0));
  onTestFinished(() => signer.close());
  const { headers, url } = await signer.sign({ ...alerts, url: "https://am.example.com/api/v2/alerts" });
  expect(url).toBe("https://am.example.com/api/v2/alerts");
  expect(headers).toMatchObject({ "x-amz-security-token": "t", "x-amz-date": "19700101T000000Z" });
  expect(headers?.["authorization"]).toContain("Credential=L/19700101/us-east-2/execute-api/aws4_request");
});
