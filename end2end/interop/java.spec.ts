// Spring's WebSocketStompClient, on a WebSocket and on SockJS. The checks are those of
// java/src/main/java/interop/Checks.java.

import { join } from "node:path";

import { TARGET } from "../support/paths";
import { areHere, BUILD_MS, run } from "../support/program";
import { expect, test } from "../support/test";

const BUILT = join(TARGET, "interop/java");
const MAIN = ["-cp", `${join(BUILT, "classes")}:${join(BUILT, "lib/*")}`, "interop.Main"];

const CHECKS = [
  "signs in with each version and a login",
  "headers and bodies arrive whole, NUL included",
  "ack:client-individual leaves the others unacknowledged",
  "ack:client takes all before as well",
  "NACK has it come again, marked as redelivered",
  "a queue of one's own, by login",
  "heart-beats keep an idle connection",
  "SockJS over its WebSocket transport",
  "SockJS over HTTP streaming",
  "a wildcard is refused by an ERROR, then the connection ends",
  "after UNSUBSCRIBE nothing comes any more",
];

test.describe("Spring's WebSocketStompClient", () => {
  // In one worker, which builds once.
  test.describe.configure({ mode: "default" });
  test.use({ flags: ["--heartbeat", "500", "--shared-queues-by-clients", "true"] });
  test.skip(
    () => !areHere(["javac", "-version"], ["mvn", "--version"]),
    "there is no JDK or no Maven here",
  );

  test.beforeAll(async () => {
    test.setTimeout(BUILD_MS);
    const build = ["-q", "-B", "compile", "dependency:copy-dependencies"];
    await run("mvn", build, { cwd: join(__dirname, "java"), within: BUILD_MS });
  });

  test("no check is left out", async () => {
    const listed = await run("java", [...MAIN, "--list"]);
    expect(listed.trim().split("\n").sort()).toEqual([...CHECKS].sort());
  });

  for (const check of CHECKS) {
    test(check, async ({ server }) => {
      await run("java", [...MAIN, server.url, check]);
    });
  }
});
