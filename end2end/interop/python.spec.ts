// stomp.py over TCP, in each version of STOMP. The checks are those of python/checks.py.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { PYTHON } from "../support/paths";
import { run } from "../support/program";
import { expect, test } from "../support/test";

const PROGRAM = join(__dirname, "python/checks.py");

const ALL = [
  "signs in with its version and a login",
  "headers and Korean bodies arrive whole",
  "a binary body with NUL arrives octet for octet",
  "a receipt for every frame",
  "ack:client-individual leaves the others unacknowledged",
  "ack:client takes all before as well",
  "COMMIT sends what BEGIN held back",
  "ABORT forgets it",
  "an ACK counts once its transaction is committed",
  "a queue of one's own, by login",
  "a wildcard is refused by an ERROR, then the connection ends",
  "DISCONNECT is answered by its receipt",
];

/** What 1.0 does not know. */
const LATER = [
  "NACK has it come again, marked as redelivered",
  "heart-beats keep an idle connection",
];

const CHECKS = { "1.0": ALL, "1.1": [...ALL, ...LATER], "1.2": [...ALL, ...LATER] };

test.use({ stomp: true, flags: ["--heartbeat", "500", "--shared-queues-by-clients", "true"] });

// In CI it has to run.
test.skip(
  () => !existsSync(PYTHON) && !process.env.CI,
  "script/bootstrap has not installed stomp.py: it found no Python",
);

for (const [version, checks] of Object.entries(CHECKS)) {
  test.describe(`stomp.py over TCP, STOMP ${version}`, () => {
    test("no check is left out", async () => {
      const listed = await run(PYTHON, [PROGRAM, "--list", version]);
      expect(listed.trim().split("\n").sort()).toEqual([...checks].sort());
    });

    for (const check of checks) {
      test(check, async ({ server }) => {
        await run(PYTHON, [PROGRAM, server.stompAddress, version, check]);
      });
    }
  });
}
