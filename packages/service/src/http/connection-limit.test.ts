import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { ConnectionLimit } from "./connection-limit.js";

const open: { destroy(): unknown }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});

type World = {
  readonly limit: ConnectionLimit;
  readonly port: number;
  readonly asked: string[];
  readonly server: Server;
};

async function start(options: { openMax: number; waitingMax?: number }): Promise<World> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url as string);
    response.end(request.url);
  });
  const limit = new ConnectionLimit(options);
  limit.guard(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({ destroy: () => server.close() });
  return { limit, port: (server.address() as AddressInfo).port, asked, server };
}

async function connectTo({ port }: World): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("latin1");
  open.push(socket);
  await once(socket, "connect");
  return socket;
}

const ask = (socket: Socket, path: string): boolean => socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
const answer = async (socket: Socket): Promise<string> => (await once(socket, "data"))[0] as string;

it("lets the next in when one ends, with what it has sent meanwhile, in their order", async () => {
  const world = await start({ openMax: 1 });
  const first = await connectTo(world);
  ask(first, "/first");
  expect(await answer(first)).toContain("/first");
  const second = await connectTo(world);
  ask(second, "/second");
  const third = await connectTo(world);
  ask(third, "/third");
  ask(first, "/again");
  expect(await answer(first)).toContain("/again");
  expect(world.asked).toEqual(["/first", "/again"]);
  first.destroy();
  expect(await answer(second)).toContain("/second");
  second.destroy();
  expect(await answer(third)).toContain("/third");
  expect(world.asked).toEqual(["/first", "/again", "/second", "/third"]);
});

it("forgets one that gave up", async () => {
  const world = await start({ openMax: 1 });
  const first = await connectTo(world);
  const second = await connectTo(world);
  second.resetAndDestroy();
  const third = await connectTo(world);
  ask(third, "/third");
  first.destroy();
  expect(await answer(third)).toContain("/third");
});

it("closes those beyond what may wait, and those that wait at the end", async () => {
  const world = await start({ openMax: 1, waitingMax: 1 });
  const first = await connectTo(world);
  const second = await connectTo(world);
  const third = await connectTo(world);
  await once(third, "close");
  expect(second.closed).toBe(false);
  world.limit.close();
  await once(second, "close");
  ask(first, "/first");
  expect(await answer(first)).toContain("/first");
});
