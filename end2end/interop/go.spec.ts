// go-stomp over TCP. The checks are those of go/checks.go.

import { join } from "node:path";

import { TARGET } from "../support/paths";
import { areHere, BUILD_MS, run } from "../support/program";
import { expect, test } from "../support/test";

const PROGRAM = join(TARGET, "interop/go");

const CHECKS = [
  "signs in with each version and a login",
  "headers and bodies arrive whole, NUL included",
  "ack:client-individual leaves the others unacknowledged",
  "ack:client takes all before as well",
  "NACK has it come again, marked as redelivered",
  "COMMIT sends what BEGIN held back",
  "ABORT forgets it",
  "an ACK counts once its transaction is committed",
  "heart-beats keep an idle connection",
  "reply-to a temporary queue",
  "a wildcard is refused by an ERROR",
  "UNSUBSCRIBE and DISCONNECT are answered by their receipts",
];

test.describe("go-stomp over TCP", () => {
  // In one worker, which builds once.
  test.describe.configure({ mode: "default" });
  test.use({ stomp: true, flags: ["--heartbeat", "500", "--shared-queues-by-clients", "true"] });
  test.skip(() => !areHere(["go", "version"]), "there is no Go here");

  test.beforeAll(async () => {
    test.setTimeout(BUILD_MS);
    const build = ["build", "-mod=readonly", "-buildvcs=false", "-o", PROGRAM, "."];
    await run("go", build, { cwd: join(__dirname, "go"), within: BUILD_MS });
  });

  test("no check is left out", async () => {
    const listed = await run(PROGRAM, ["--list"]);
    expect(listed.trim().split("\n").sort()).toEqual([...CHECKS].sort());
  });

  for (const check of CHECKS) {
    test(check, async ({ server }) => {
      await run(PROGRAM, [server.stompAddress, check]);
    });
  }
});
