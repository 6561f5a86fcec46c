import { afterEach, expect, test } from "vitest";
import { notificationFrom, notifierFrom } from "../../testing/notifier.js";
import { type ReceivedMail, type SmtpSinkOptions, startSmtpSink } from "../../testing/smtp-sink.js";

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Sends one mail with the fields of an email_configs entry; rejects with what the notifier says. */
async function mailWith(fields: string, options: SmtpSinkOptions = {}, request = {}): Promise<ReceivedMail> {
  const sink = await startSmtpSink(options);
  ends.push(() => sink.close());
  const notifier = notifierFrom(
    `email_configs: [{to: 'a@x.org, b@x.org', from: am@x.org, smarthost: '${sink.address}', ${fields}}]`,
  );
  const mail = sink.next();
  await notifier.notify(notificationFrom(request));
  return await mail;
}

test("envelope, headers and both bodies", async () => {
  const { commands, data } = await mailWith(
    "require_tls: false, hello: here, text: 'plain {{ .Status }}', headers: {reply-to: r@x.org, X-Name: '{{ .Receiver }}'}",
  );
  expect(commands).toEqual(["EHLO here", "MAIL FROM:<am@x.org>", "RCPT TO:<a@x.org>", "RCPT TO:<b@x.org>", "DATA"]);
  expect(data).toContain("From: am@x.org");
  expect(data).toContain("To: a@x.org, b@x.org");
  expect(data).toMatch(/Subject: \[FIRING:1\]/);
  expect(data).toContain("Reply-To: r@x.org");
  expect(data).toContain("X-Name: team");
  expect(data).toContain("multipart/alternative");
  expect(data).toContain("plain firing");
  expect(data).toContain("Content-Transfer-Encoding: quoted-printable");
  expect(data).toMatch(/Message-ID: <.*>/);
});

test("the HTML body escapes what comes from alerts", async () => {
  const { data } = await mailWith(
    "require_tls: false, html: '<p>{{ range .Alerts }}{{ .Annotations.a }}{{ end }}</p>'",
    {},
    {
      annotations: { a: "<b>&" },
    },
  );
  expect(data).toContain("<p>&lt;b&gt;&amp;</p>");
});

test("a line break from a label starts no header", async () => {
  const { data } = await mailWith(
    "require_tls: false, headers: {Subject: 'x {{ .CommonAnnotations.a }}'}",
    {},
    {
      annotations: { a: "one\r\nBcc: evil@x.org" },
    },
  );
  expect(data).toContain("Subject: x one Bcc: evil@x.org");
  expect(data.split("\n\n")[0]).not.toMatch(/^Bcc:/m);
});

test("mails of a group and day form a thread", async () => {
  const { data } = await mailWith("require_tls: false, threading: {enabled: true}");
  expect(data.replaceAll("\n ", " ")).toMatch(/References: <alert-[0-9a-f]{64}-2024-05-06@alertmanager>/);
});

test("a password to this machine goes without TLS, to another it is refused", async () => {
  const { commands } = await mailWith("require_tls: false, auth_username: u, auth_password: p");
  expect(commands.some((command) => command.startsWith("AUTH PLAIN"))).toBe(true);
  const remote = notifierFrom(
    "email_configs: [{to: a@x.org, from: b@x.org, smarthost: 'mail.invalid:25', require_tls: false, auth_username: u, auth_password: p}]",
  );
  await expect(remote.notify(notificationFrom())).rejects.toMatchObject({
    message: "refusing to send the SMTP password over an unencrypted connection",
    isRetryable: false,
  });
});

test("without STARTTLS a mail that requires TLS is not sent", async () => {
  await expect(mailWith("require_tls: true", { extensions: [] })).rejects.toThrow(/cannot send mail: .*STARTTLS/);
});

test("a recipient that is refused for good is not tried again", async () => {
  const refused = mailWith("require_tls: false", { refusal: "550 unknown" });
  await expect(refused).rejects.toMatchObject({ isRetryable: false, reason: "clientError" });
});
