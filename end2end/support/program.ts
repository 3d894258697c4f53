// Clients that are programs of their own: each of their checks is one run.

import { execFile, spawnSync } from "node:child_process";

/** How long a check may take. */
const RUN_MS = 30_000;
/** How long a build may take that has to download what it needs. */
export const BUILD_MS = 300_000;

/** Runs it to its end and gives what it wrote, which is also the error when it fails. */
export function run(
  command: string,
  args: string[],
  { cwd, within = RUN_MS }: { cwd?: string; within?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { cwd, timeout: within }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const how = error.killed ? `did not end within ${within} ms` : `failed: ${error.message}`;
      reject(new Error(`${command} ${how}\n${stdout}${stderr}`));
    });
    child.stdin?.end();
  });
}

/** Whether the commands are here and run: each is given with a way to ask for its version. */
export function areHere(...commands: [string, string][]): boolean {
  return commands.every(([command, version]) => spawnSync(command, [version]).status === 0);
}
