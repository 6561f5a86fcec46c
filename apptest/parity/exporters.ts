// Debian's exporters with what they watch, as far as they are installed. Goes to: parity.test.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.js";
import { answers, findProgram, freePorts, freshFolder, type Running, start } from "../processes.js";

export type ExporterJob = {
  readonly name: string;
  readonly address: string;
  readonly path: string;
  readonly fields: string;
};

/** Ports that the exporter and its server may have, and a folder of their own. */
type Place = { readonly port: number; readonly serverPort: number; readonly folder: string };

type Exporter = {
  readonly name: string;
  readonly programs: readonly string[];
  readonly path?: string;
  readonly fields?: string;
  /** Starts the server, if there is one, and the exporter. */
  readonly start: (place: Place) => Promise<Running>;
};

const listen = ({ port }: Place): string => `--web.listen-address=127.0.0.1:${port}`;

/** Resolves when something takes connections on the port of a server that speaks no HTTP, as its client program says. */
async function isReady(program: string, args: readonly string[]): Promise<void> {
  await eventually(`${program} ${args.join(" ")}`, async () => (await start(program, args).exit()) === 0, 30_000);
}

const exporters: readonly Exporter[] = [
  {
    name: "node",
    programs: ["prometheus-node-exporter"],
    start: async (place) =>
      start("prometheus-node-exporter", [
        listen(place),
        "--collector.disable-defaults",
        ...["cpu", "meminfo", "loadavg", "filefd", "time"].map((name) => `--collector.${name}`),
      ]),
  },
  {
    name: "pushgateway",
    programs: ["prometheus-pushgateway"],
    fields: "honor_labels: true",
    async start(place) {
      const gateway = start("prometheus-pushgateway", [listen(place)]);
      await answers(gateway, `http://127.0.0.1:${place.port}/-/ready`);
      const url = `http://127.0.0.1:${place.port}/metrics/job/batch/instance/here`;
      await fetch(url, { method: "PUT", body: "# TYPE rows gauge\nrows 5\n" });
      return gateway;
    },
  },
  {
    name: "redis",
    programs: ["prometheus-redis-exporter", "redis-server", "redis-cli"],
    async start(place) {
      start("redis-server", ["--port", String(place.serverPort), "--dir", place.folder, "--save", ""]);
      await isReady("redis-cli", ["-p", String(place.serverPort), "ping"]);
      return start("prometheus-redis-exporter", [
        `-redis.addr=redis://127.0.0.1:${place.serverPort}`,
        `-web.listen-address=127.0.0.1:${place.port}`,
      ]);
    },
  },
  {
    name: "mysqld",
    programs: ["prometheus-mysqld-exporter", "mariadbd", "mariadb-install-db", "mariadb-admin"],
    async start({ port, serverPort, folder }) {
      const data = join(folder, "data");
      const socket = join(folder, "socket");
      const user = process.getuid?.() === 0 ? ["--user=root"] : [];
      const install = ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", ...user];
      await start("mariadb-install-db", install).exit();
      const place = [`--datadir=${data}`, `--socket=${socket}`, `--port=${serverPort}`, "--bind-address=127.0.0.1"];
      start("mariadbd", ["--no-defaults", ...place, ...user]);
      const admin = ["--no-defaults", `--socket=${socket}`, "-uroot"];
      await isReady("mariadb-admin", [...admin, "ping"]);
      // The exporter takes no account without a password.
      await start("mariadb-admin", [...admin, "password", "secret"]).exit();
      const file = join(folder, "my.cnf");
      writeFileSync(file, `[client]\nuser=root\npassword=secret\nsocket=${socket}\n`);
      return start("prometheus-mysqld-exporter", [`--config.my-cnf=${file}`, `--web.listen-address=127.0.0.1:${port}`]);
    },
  },
  {
    name: "nginx",
    programs: ["prometheus-nginx-exporter", "nginx"],
    async start({ port, serverPort, folder }) {
      const file = join(folder, "nginx.conf");
      const server = `server { listen 127.0.0.1:${serverPort}; location /stub_status { stub_status; } }`;
      const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
      writeFileSync(
        file,
        `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}\nhttp { access_log off; ${places.join(" ")} ${server} }\n`,
      );
      const nginx = start("nginx", ["-p", folder, "-c", file, "-e", join(folder, "error.log")]);
      const status = `http://127.0.0.1:${serverPort}/stub_status`;
      await answers(nginx, status);
      return start("prometheus-nginx-exporter", [
        `-web.listen-address=127.0.0.1:${port}`,
        `-nginx.scrape-uri=${status}`,
      ]);
    },
  },
  {
    name: "apache",
    programs: ["prometheus-apache-exporter", "apache2"],
    async start({ port, serverPort, folder }) {
      const file = join(folder, "apache.conf");
      mkdirSync(join(folder, "www"));
      const modules = ["mpm_event", "authz_core", "status"].map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      );
      writeFileSync(
        file,
        `ServerRoot ${folder}\nServerName localhost\nListen 127.0.0.1:${serverPort}\nPidFile ${folder}/pid\nErrorLog ${folder}/error.log
${modules.join("\n")}\nDocumentRoot ${folder}/www\n<Location /server-status>\nSetHandler server-status\n</Location>\nExtendedStatus On\n`,
      );
      const apache = start("apache2", ["-X", "-f", file]);
      const status = `http://127.0.0.1:${serverPort}/server-status?auto`;
      await answers(apache, status);
      return start("prometheus-apache-exporter", [`--telemetry.address=127.0.0.1:${port}`, `--scrape_uri=${status}`]);
    },
  },
  {
    name: "blackbox",
    programs: ["prometheus-blackbox-exporter"],
    path: "/probe",
    fields: "params: {module: [http], target: ['127.0.0.1:1']}",
    async start(place) {
      const file = join(place.folder, "blackbox.yml");
      writeFileSync(file, "modules: {http: {prober: http, timeout: 1s}}\n");
      return start("prometheus-blackbox-exporter", [`--config.file=${file}`, listen(place)]);
    },
  },
];

/** Only the first where not all are asked for. */
export async function startExporters(all: boolean): Promise<ExporterJob[]> {
  const wanted = all ? exporters : exporters.slice(0, 1);
  const jobs: ExporterJob[] = [];
  for (const { name, programs, path = "/metrics", fields = "", start: run } of wanted) {
    if (!programs.every((program) => findProgram(program) !== undefined)) {
      console.log(`parity: no ${name}: ${programs.join(", ")}`);
      continue;
    }
    const [port, serverPort] = (await freePorts(2)) as [number, number];
    const exporter = await run({ port, serverPort, folder: freshFolder() });
    await answers(exporter, `http://127.0.0.1:${port}/metrics`);
    jobs.push({ name, address: `127.0.0.1:${port}`, path, fields });
  }
  return jobs;
}
