import bcrypt from "bcryptjs";
import { expect, it } from "vitest";
import { nobodyHash, PasswordChecker, waitingMax } from "./basic-auth.js";

const users = new Map([["anna", bcrypt.hashSync("right", 4)]]);

it.each([
  ["anna", "right", "right"],
  ["anna", "wrong", "wrong"],
  ["anna", "", "wrong"],
  ["bert", "right", "wrong"],
  ["__proto__", "right", "wrong"],
])("%s with %j is %s, the second time too", async (user, password, outcome) => {
  const checker = new PasswordChecker();
  for (let i = 0; i < 2; i++) expect(await checker.check({ user, password }, users)).toBe(outcome);
});

it("accepts hashes of every bcrypt dialect", async () => {
  const hash = bcrypt.hashSync("right", 4);
  for (const dialect of ["$2a$", "$2b$", "$2y$"]) {
    const dialectUsers = new Map([["anna", hash.replace(/^\$2.\$/, dialect)]]);
    expect(await new PasswordChecker().check({ user: "anna", password: "right" }, dialectUsers)).toBe("right");
  }
});

it("forgets an outcome when the user's hash changes", async () => {
  const checker = new PasswordChecker();
  const credentials = { user: "anna", password: "right" };
  expect(await checker.check(credentials, users)).toBe("right");
  expect(await checker.check(credentials, new Map([["anna", bcrypt.hashSync("other", 4)]]))).toBe("wrong");
});

it("turns away whoever comes when the queue is full, and nobody afterwards", async () => {
  const checker = new PasswordChecker();
  const tries = Array.from({ length: waitingMax + 2 }, (_, i) =>
    checker.check({ user: "anna", password: `wrong ${i}` }, users),
  );
  const outcomes = await Promise.all(tries);
  expect(outcomes.filter((outcome) => outcome === "busy")).toHaveLength(2);
  expect(await checker.check({ user: "anna", password: "right" }, users)).toBe("right");
});

it("takes as long for an unknown user as for a wrong password", async () => {
  const known = new Map([["anna", bcrypt.hashSync("right", 9)]]);
  const checker = new PasswordChecker();
  const msOf = async (user: string, password: string): Promise<number> => {
    const start = performance.now();
    expect(await checker.check({ user, password }, known)).toBe("wrong");
    return performance.now() - start;
  };
  const times: Record<string, number[]> = { anna: [], bert: [] };
  for (let i = 0; i < 7; i++) for (const user of ["anna", "bert"]) times[user]?.push(await msOf(user, `wrong ${i}`));
  const median = (user: string): number => times[user]?.sort((a, b) => a - b)[3] as number;
  // A user who is found at once to be none takes no time at all.
  expect(median("bert") / median("anna")).toBeGreaterThan(0.5);
  expect(median("bert") / median("anna")).toBeLessThan(2);
});

it("checks an unknown user against a hash as dear as the known ones'", () => {
  const hash = nobodyHash(new Map([["anna", "$2y$07$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"]]));
  // bcrypt gives up at once on a hash of another length: the time would tell who exists.
  expect(hash).toHaveLength(60);
  expect(bcrypt.getRounds(hash)).toBe(7);
});
