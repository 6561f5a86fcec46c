// An HTTPS server whose certificate and client rules follow the web config at each new connection.
// Comes from: http/web-source. Goes to: http/listen.
import type { RequestListener, ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { WebSource } from "./web-source.js";
import type { ClientAuthType, WebTls } from "./web-tls.js";

type ClientRule = {
  readonly isAsked: boolean;
  readonly isNeeded: boolean;
  readonly isVerified: boolean;
};

// Go's crypto/tls.ClientAuthType.
const clientRules: Readonly<Record<ClientAuthType, ClientRule>> = {
  NoClientCert: { isAsked: false, isNeeded: false, isVerified: false },
  RequestClientCert: { isAsked: true, isNeeded: false, isVerified: false },
  RequireAnyClientCert: { isAsked: true, isNeeded: true, isVerified: false },
  VerifyClientCertIfGiven: { isAsked: true, isNeeded: false, isVerified: true },
  RequireAndVerifyClientCert: { isAsked: true, isNeeded: true, isVerified: true },
};

export function createSecureServer(source: WebSource, options: ServerOptions, listener: RequestListener): Server {
  let applied = tlsOf(source);
  // Node's own check refuses before a request, but knows only "all or none": ours knows the five kinds.
  const server = createServer(
    { ...options, ...applied, requestCert: clientRules[applied.clientAuthType].isAsked, rejectUnauthorized: false },
    listener,
  );
  server.prependListener("connection", () => {
    const tls = tlsOf(source);
    if (tls === applied) return;
    applied = tls;
    server.setSecureContext(tls);
    // Read by node:tls for each connection, though only set by its constructor; web-config.test.ts holds it to that.
    Object.assign(server, { requestCert: clientRules[tls.clientAuthType].isAsked });
  });
  server.prependListener("secureConnection", (socket) => {
    if (!isAllowed(socket, applied)) socket.destroy();
  });
  return server;
}

function tlsOf(source: WebSource): WebTls {
  const { tls } = source.current();
  if (!tls) throw new Error("a secure server needs tls_server_config");
  return tls;
}

function isAllowed(socket: TLSSocket, tls: WebTls): boolean {
  const rule = clientRules[tls.clientAuthType];
  if (!rule.isAsked) return true;
  const certificate = socket.getPeerCertificate() as Partial<PeerCertificate> | undefined;
  if (certificate?.raw === undefined) return !rule.isNeeded;
  if (rule.isVerified && !socket.authorized) return false;
  const sans = namesOf(certificate.subjectaltname ?? "");
  return tls.clientAllowedSans.length === 0 || tls.clientAllowedSans.some((san) => sans.includes(san));
}

/** "DNS:a, IP Address:127.0.0.1, URI:spiffe://b" → the names; one that holds a separator is quoted as JSON. */
function namesOf(subjectAltName: string): string[] {
  const parts = subjectAltName.match(/[^:,]+:(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  return parts.map((part) => {
    const name = part.slice(part.indexOf(":") + 1);
    return name.startsWith('"') ? (JSON.parse(name) as string) : name;
  });
}
