// Which proxy a request goes through. Comes from: client/proxy-config, environment. Goes to: client/transport.
import { noProxyRules } from "./no-proxy.js";
import { type ProxyConfig, ProxyUrl } from "./proxy-config.js";

/** The proxy for a target; undefined for a direct connection. */
export type ProxyRules = (target: URL) => URL | undefined;

export type Environment = Readonly<Record<string, string | undefined>>;

export function proxyRules(config: ProxyConfig, environment: Environment): ProxyRules {
  if (config.proxy_from_environment) return environmentRules(environment);
  const proxy = config.proxy_url;
  // Go goes to a configured proxy for local addresses too, unless no_proxy is there.
  if (!proxy || !config.no_proxy) return () => proxy?.url;
  const isDirect = noProxyRules(config.no_proxy);
  return (target) => (isDirect(target) ? undefined : proxy.url);
}

function environmentRules(environment: Environment): ProxyRules {
  const plain = environmentProxy(environment, "HTTP_PROXY");
  const secure = environmentProxy(environment, "HTTPS_PROXY");
  const isDirect = noProxyRules(environment["NO_PROXY"] || environment["no_proxy"] || "");
  return (target) => (isDirect(target) ? undefined : target.protocol === "https:" ? secure : plain);
}

function environmentProxy(environment: Environment, name: string): URL | undefined {
  const text = environment[name] || environment[name.toLowerCase()];
  if (!text) return undefined;
  try {
    return new ProxyUrl(/^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`).url;
  } catch (error) {
    throw new Error(`cannot use the environment variable ${name}`, { cause: error });
  }
}

/** The Proxy-Authorization header for a proxy's user and password. */
export function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === "" && proxy.password === "") return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` };
}
