// A kubeconfig user whose token or certificate a program prints, as those of the clouds' clusters are
// (kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
// Comes from: kubernetes/kubeconfig. Goes to: the HTTP client, at each request.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import { type AuthorizationSource, type ClientCertificate, type Decoder, d } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import { type Json, parseJson } from "../json.js";
import { runProgram } from "../program.js";

type Variable = { readonly name: string; readonly value: string };

/** The `exec` field of a user. */
export type ExecConfig = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly apiVersion: string;
  readonly installHint: string;
  readonly interactiveMode: string;
  readonly provideClusterInfo: boolean;
};

const text = d.withDefault(d.string, "");
const variable: Decoder<Variable> = d.object("ExecEnvVar", { name: text, value: text });

export const execDecoder: Decoder<ExecConfig> = d.refine(
  d.object("ExecConfig", {
    command: text,
    args: d.withDefault(d.list(d.string), []),
    env: d.withDefault(d.list(variable), []),
    apiVersion: text,
    installHint: text,
    interactiveMode: text,
    provideClusterInfo: d.withDefault(d.boolean, false),
  }),
  (config, fail) => {
    if (config.command === "") fail("exec must have a command");
    if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(config.apiVersion)) {
      fail(`exec has no known apiVersion: ${JSON.stringify(config.apiVersion)}`);
    }
    if (config.interactiveMode === "Always") fail("exec wants a terminal (interactiveMode: Always), and there is none");
    return config;
  },
);

export type ExecScope = {
  /** The kubeconfig: a relative command stands beside it. */
  readonly file: string;
  /** As the program is told it, where the config says so. */
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
};

const timeoutMs = 60_000;

type Printed = {
  readonly header: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** In ms since 1970. */
  readonly endMs: number;
};

/** Runs the program when it is needed; what it printed holds until it ends or the server refuses it, as in Kubernetes' clients. */
export class ExecCredentials implements AuthorizationSource {
  readonly #config: ExecConfig;
  readonly #scope: ExecScope;
  readonly #closing = new AbortController();
  #printed: Printed | undefined;
  #pending: Promise<Printed> | undefined;

  constructor(config: ExecConfig, scope: ExecScope) {
    this.#config = config;
    this.#scope = scope;
  }

  async header(): Promise<string | undefined> {
    if (this.#printed && this.#scope.clock.now() < this.#printed.endMs) return this.#printed.header;
    // Requests that come while the program runs share what it prints.
    this.#pending ??= this.#run().finally(() => {
      this.#pending = undefined;
    });
    this.#printed = await this.#pending;
    return this.#printed.header;
  }

  certificate(): ClientCertificate | undefined {
    return this.#printed?.certificate;
  }

  /** Another request may have found that out before, and what it got since is good. */
  refused(header: string | undefined): void {
    if (this.#printed?.header === header) this.#printed = undefined;
  }

  /** A program that runs is killed. */
  close(): void {
    this.#closing.abort(new Error("discovery was stopped"));
  }

  async #run(): Promise<Printed> {
    const { command, args, env, apiVersion, provideClusterInfo, installHint } = this.#config;
    const { file, cluster } = this.#scope;
    const path = command.includes("/") ? resolve(dirname(file), command) : command;
    const spec = { interactive: false, ...(provideClusterInfo ? { cluster } : {}) };
    const info = JSON.stringify({ kind: "ExecCredential", apiVersion, spec });
    const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const environment = { ...process.env, ...own, KUBERNETES_EXEC_INFO: info };
    try {
      const printed = await runProgram({ path, args, environment, timeoutMs, signal: this.#closing.signal });
      return printedFrom(parseJson(printed), apiVersion);
    } catch (error) {
      const hint = (error as NodeJS.ErrnoException).code === "ENOENT" && installHint !== "" ? `: ${installHint}` : "";
      throw new Error(`${file}: no credentials from ${path}${hint}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function printedFrom(credential: Json, apiVersion: string): Printed {
  const version = credential.at("apiVersion").text();
  if (version !== "" && version !== apiVersion)
    throw new Error(`it speaks ${version}, and the config wants ${apiVersion}`);
  const status = credential.at("status");
  const token = status.at("token").text();
  const certificate = certificateFrom(status);
  if (token === "" && !certificate) throw new Error("it printed neither a token nor a certificate");
  const toldEnd = Date.parse(status.at("expirationTimestamp").text());
  const ends = [toldEnd, certificate ? Date.parse(new X509Certificate(certificate.cert).validTo) : Number.NaN];
  return {
    header: token === "" ? undefined : `Bearer ${token}`,
    certificate,
    endMs: Math.min(...ends.filter((end) => !Number.isNaN(end))),
  };
}

function certificateFrom(status: Json): ClientCertificate | undefined {
  const cert = status.at("clientCertificateData").text();
  const key = status.at("clientKeyData").text();
  if (cert === "" && key === "") return undefined;
  if (cert === "" || key === "") throw new Error("it printed a certificate without its key, or a key alone");
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error("the key that it printed is not the certificate's");
  }
  return { cert, key };
}
