// Which process holds a socket, and what people call it.
// Comes from: /proc. Goes to: local/provider.
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

export type Process = { readonly pid: string; readonly name: string };

/** Holders of these sockets by inode, the oldest of each. Processes of others, which may not be looked into, are left out. */
export async function findHolders(procfs: string, inodes: ReadonlySet<string>): Promise<Map<string, string>> {
  const holders = new Map<string, string>();
  const pids = (await readdir(procfs)).filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  for (const pid of pids) {
    for (const inode of await socketsOf(procfs, pid)) {
      if (inodes.has(inode) && !holders.has(inode)) holders.set(inode, pid);
    }
  }
  return holders;
}

/** Inodes of the sockets that a process holds; none where it has ended or belongs to another user. */
export async function socketsOf(procfs: string, pid: string): Promise<string[]> {
  const folder = join(procfs, pid, "fd");
  const descriptors = await readdir(folder).catch(() => []);
  const links = await Promise.all(descriptors.map((fd) => readlink(join(folder, fd)).catch(() => "")));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

/** Undefined where the process has ended. */
export async function readProcess(procfs: string, pid: string): Promise<Process | undefined> {
  const folder = join(procfs, pid);
  const comm = await readFile(join(folder, "comm"), "utf8").catch(() => undefined);
  if (comm === undefined) return undefined;
  const commandLine = await readFile(join(folder, "cmdline"), "utf8").catch(() => "");
  const cwd = await readlink(join(folder, "cwd")).catch(() => "/");
  return { pid, name: nameOf({ comm: comm.trim(), argv: commandLine.split("\0").filter(Boolean), cwd }) };
}

export type CommandLine = { readonly comm: string; readonly argv: readonly string[]; readonly cwd: string };

const interpreter = /^(node|nodejs|bun|deno|ruby|perl|php[\d.-]*|python[\d.]*|java|dotnet|sh|bash)$/;

/** Names of files and folders that say nothing about the program in them. */
const sayNothing =
  /^(index|main|app|server|cli|start|run|manage|dist|build|bundle|src|lib|bin|out|target|apps?|packages|release|debug|current)$/i;

/** Options of interpreters whose value is an argument of its own. */
const takesValue =
  /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|-cp|-classpath|--class-path|-p|--module-path|-W|-X|-I)$/;

/** The program's name; where an interpreter runs it, the script's, or that of the folder around a script called "main". */
export function nameOf({ comm, argv, cwd }: CommandLine): string {
  // What a process calls itself may go on: "nginx: master process …".
  const program = basename((argv[0] ?? "").split(/[: ]/, 1)[0] as string) || comm;
  if (!interpreter.test(program)) return program;
  return scriptName(program, argv.slice(1), cwd) ?? program;
}

function scriptName(program: string, args: readonly string[], cwd: string): string | undefined {
  for (const [i, arg] of args.entries()) {
    const next = args[i + 1];
    if (arg === "-m" && program.startsWith("python")) return next?.split(".")[0];
    if (arg === "-jar") return next && basename(next, ".jar").replace(/[-_]v?\d.*$/, "");
    if (arg.startsWith("-") || takesValue.test(args[i - 1] ?? "")) continue;
    return program === "java" ? arg.split(/[./]/).at(-1) : scriptFileName(resolve(cwd, arg));
  }
  return undefined;
}

function scriptFileName(path: string): string | undefined {
  let at = path;
  while (at !== dirname(at)) {
    const name = basename(at).replace(/\.(?:[cm]?[jt]s|py|rb|pl|php|dll|sh)$/, "");
    if (!sayNothing.test(name)) return name;
    at = dirname(at);
  }
  return undefined;
}
