// A kubeconfig user whose tokens a program prints, as those of the clouds' clusters are
// (kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
// Comes from: kubernetes/kubeconfig. Goes to: the HTTP client, at each request.
import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { type AuthorizationSource, type Decoder, d } from "@narthex/service";
import { systemClock } from "@narthex/stdx";
import { parseJson } from "../json.js";
import { type Token, TokenKeeper } from "../token.js";

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
};

const timeoutMs = 60_000;
const printedBytesMax = 1024 * 1024;
/** Of a token that does not say when it ends. */
const openLifeMs = 300_000;

/** Runs the program when a token is needed; what it prints is kept until shortly before it ends. */
export function execTokens(config: ExecConfig, scope: ExecScope): AuthorizationSource {
  let pending: Promise<string> | undefined;
  const keeper = new TokenKeeper(systemClock, () => runProgram(config, scope));
  const never = new AbortController().signal;
  return {
    header() {
      // Requests that come while the program runs share what it prints.
      pending ??= keeper.current(never).finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}

const run = promisify(execFile);

async function runProgram(config: ExecConfig, { file, cluster }: ExecScope): Promise<Token> {
  const { command, args, env, apiVersion, provideClusterInfo, installHint } = config;
  const path = command.includes("/") ? resolve(dirname(file), command) : command;
  const spec = { interactive: false, ...(provideClusterInfo ? { cluster } : {}) };
  const info = JSON.stringify({ kind: "ExecCredential", apiVersion, spec });
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  try {
    const { stdout } = await run(path, [...args], {
      env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: info },
      timeout: timeoutMs,
      maxBuffer: printedBytesMax,
    });
    return tokenOf(stdout);
  } catch (error) {
    const hint = (error as NodeJS.ErrnoException).code === "ENOENT" && installHint !== "" ? `: ${installHint}` : "";
    throw new Error(`${file}: no credentials from ${path}${hint}: ${(error as Error).message}`, { cause: error });
  }
}

function tokenOf(printed: string): Token {
  const status = parseJson(printed).at("status");
  const token = status.at("token").text();
  if (token === "") throw new Error("it printed no token (certificates are not taken)");
  const expiresAt = Date.parse(status.at("expirationTimestamp").text());
  return { value: `Bearer ${token}`, expiresAt: Number.isNaN(expiresAt) ? systemClock.now() + openLifeMs : expiresAt };
}
