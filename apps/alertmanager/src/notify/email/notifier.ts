// Sends mail through a smarthost. TLS: from the start on port 465 or with force_implicit_tls, else STARTTLS where
// require_tls asks for it; a password never crosses the network unencrypted.
import { readFileSync } from "node:fs";
import { errorText } from "@narthex/service";
import { createTransport, type Transporter } from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport/index.js";
import { notificationData } from "../data.js";
import type { NotifierTools } from "../kind.js";
import { type Notification, type Notifier, NotifyError } from "../notification.js";
import { readSecret } from "../post.js";
import type { EmailConfig } from "./config.js";
import { type Mail, mailFrom } from "./message.js";

/** For each step of the conversation. */
const stepMsMax = 30_000;

export function emailNotifier(config: EmailConfig, tools: NotifierTools): Notifier {
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const mail = mailFrom({ config, notification, data, renderer: tools.renderer });
      // A new connection for each mail: they are rare, and passwords in files may change between them.
      const transport = createTransport(transportOptions(config));
      await send(transport, mail, notification);
      return {};
    },
    close: () => undefined,
  };
}

async function send(transport: Transporter, mail: Mail, notification: Notification): Promise<void> {
  const abort = (): void => transport.close();
  notification.signal.addEventListener("abort", abort, { once: true });
  try {
    const { Cc, Bcc, Subject, ...headers } = mail.headers;
    await transport.sendMail({
      from: mail.from,
      to: mail.to,
      ...(Cc ? { cc: Cc } : {}),
      ...(Bcc ? { bcc: Bcc } : {}),
      subject: Subject ?? "",
      headers,
      ...(mail.text === "" ? {} : { text: mail.text }),
      ...(mail.html === "" ? {} : { html: mail.html }),
      textEncoding: "quoted-printable",
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  } catch (error) {
    throw mailError(error);
  } finally {
    notification.signal.removeEventListener("abort", abort);
    transport.close();
  }
}

// A 5xx reply is final in SMTP; anything else may pass.
function mailError(error: unknown): NotifyError {
  const code = (error as { responseCode?: number }).responseCode ?? 0;
  const isAuth = (error as { code?: string }).code === "EAUTH";
  return new NotifyError(`cannot send mail: ${errorText(error)}`, {
    isRetryable: !isAuth && (code < 500 || code > 599),
    reason: isAuth ? "authError" : code >= 500 ? "clientError" : "other",
    cause: error,
  });
}

function transportOptions(config: EmailConfig): SMTPTransport.Options {
  const { host, port } = config.smarthost;
  const isImplicit = config.force_implicit_tls ?? port === "465";
  return {
    host,
    port: Number(port),
    name: config.hello,
    secure: isImplicit,
    requireTLS: config.require_tls && !isImplicit,
    ignoreTLS: !config.require_tls && !isImplicit,
    connectionTimeout: stepMsMax,
    greetingTimeout: stepMsMax,
    socketTimeout: stepMsMax,
    tls: tlsOptions(config),
    ...authOptions(config, isImplicit || config.require_tls),
  };
}

function authOptions(config: EmailConfig, isEncrypted: boolean): Partial<SMTPTransport.Options> {
  if (config.auth_username === "") return {};
  const secret = readSecret(config.auth_secret, config.auth_secret_file);
  const password = readSecret(config.auth_password, config.auth_password_file);
  if (secret !== "") return { auth: { user: config.auth_username, pass: secret }, authMethod: "CRAM-MD5" };
  if (password === "") return {};
  if (!isEncrypted && !isLocal(config.smarthost.host)) {
    throw new NotifyError("refusing to send the SMTP password over an unencrypted connection", {
      isRetryable: false,
      reason: "authError",
    });
  }
  return { auth: { user: config.auth_username, pass: password } };
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "127.0.0.1" || host === "::1";
}

function tlsOptions({ tls_config: tls, smarthost }: EmailConfig): NonNullable<SMTPTransport.Options["tls"]> {
  const read = (path: string | undefined): Buffer | undefined => (path ? readFileSync(path) : undefined);
  const servername = tls?.server_name || smarthost.host;
  if (!tls) return { servername };
  return {
    servername,
    ca: tls.ca ?? read(tls.ca_file),
    cert: tls.cert ?? read(tls.cert_file),
    key: tls.key?.reveal() ?? read(tls.key_file),
    rejectUnauthorized: !tls.insecure_skip_verify,
  };
}
