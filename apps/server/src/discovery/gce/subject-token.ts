// The token with which another identity provider vouches for us to Google: from a file, a URL, a program, or AWS
// (google.aip.dev/auth/4117). Comes from: gce/external-account.
import { readFileSync } from "node:fs";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";
import { AwsIdentity } from "../aws/identity.js";
import { findRegion } from "../aws/region.js";
import { signedHeaders } from "../aws/sigv4.js";
import { type AwsSurroundings, awsSurroundings } from "../aws/surroundings.js";
import { type Json, parseJson } from "../json.js";
import { runProgram } from "../program.js";
import type { GoogleLending } from "./lending.js";

export function subjectToken(key: Json, lending: GoogleLending): Promise<string> {
  const source = key.at("credential_source");
  if (!source.at("executable").isNull) return printedToken(key, source.at("executable"), lending);
  if (source.at("environment_id").text() !== "") return awsToken(key, source, lending);
  return writtenToken(source, lending);
}

async function writtenToken(source: Json, { api, signal }: GoogleLending): Promise<string> {
  const file = source.at("file").text();
  const url = source.at("url").text();
  if (file === "" && url === "") throw new Error("Google credentials name a credential_source that is not supported");
  const headers = source.at("headers").texts();
  const text = file === "" ? await api.text({ url, headers, signal }) : readFileSync(file, "utf8");
  const format = source.at("format");
  if (format.at("type").text() !== "json") return text.trim();
  return parseJson(text).at(format.at("subject_token_field_name").text()).text();
}

const programTimeoutMs = 30_000;

async function printedToken(key: Json, executable: Json, { around, signal }: GoogleLending): Promise<string> {
  const { environment } = around;
  if (environment["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] !== "1") {
    throw new Error("Google credentials name a program: allow that with GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");
  }
  const email = /serviceAccounts\/([^:]+):/.exec(key.at("service_account_impersonation_url").text())?.[1];
  const told = {
    GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: key.at("audience").text(),
    GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: key.at("subject_token_type").text(),
    GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: "0",
    ...(email === undefined ? {} : { GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: email }),
  };
  // Google's own clients split at blanks, too: no shell sees the command.
  const [path = "", ...args] = executable.at("command").text().split(/\s+/).filter(Boolean);
  const timeoutMs = executable.at("timeout_millis").number() || programTimeoutMs;
  const printed = await runProgram({ path, args, environment: { ...environment, ...told }, timeoutMs, signal });
  const answer = parseJson(printed);
  if (!answer.at("success").flag()) {
    throw new Error(`${path} gives no token: ${answer.at("code").print()} ${answer.at("message").text()}`.trim());
  }
  const isSaml = answer.at("token_type").text().endsWith(":saml2");
  return answer.at(isSaml ? "saml_response" : "id_token").text();
}

/** A signed question who we are, which Google puts to AWS in our place. */
async function awsToken(key: Json, source: Json, { around, clock, signal }: GoogleLending): Promise<string> {
  const id = source.at("environment_id").text();
  if (id !== "aws1") throw new Error(`Google credentials name an environment_id that is not known: ${id}`);
  const config = { region: "", access_key: "", secret_key: undefined, profile: "", role_arn: "", external_id: "" };
  const aws: AwsSurroundings = { ...awsSurroundings, environment: around.environment };
  const http = createHttpClient(defaultHttpClientConfig, { clock });
  try {
    const region = await findRegion(config, aws);
    const credentials = await new AwsIdentity({ config, around: aws, http, clock }).credentials(region, signal);
    const url = new URL(source.at("regional_cred_verification_url").text().replaceAll("{region}", region));
    const headers = { "x-goog-cloud-target-resource": key.at("audience").text() };
    const signing = { method: "POST", url, headers, body: "", region, service: "sts", timeMs: clock.now() };
    const signed = Object.entries({ host: url.host, ...signedHeaders(signing, credentials) });
    const question = { url: url.href, method: "POST", headers: signed.map(([name, value]) => ({ key: name, value })) };
    return encodeURIComponent(JSON.stringify(question));
  } finally {
    http.close();
  }
}
