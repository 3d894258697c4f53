// A proxy that gives every response a limited time and then cuts it off, whatever is on its way.
// It does not know WebSockets.

import { createServer, request } from "node:http";
import { pipeline } from "node:stream";

export class Cutter {
  /** Responses that were cut off. */
  cut = 0;

  private constructor(
    readonly url: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(upstream: string, afterMs: number): Promise<Cutter> {
    const { hostname, port } = new URL(upstream);
    const server = createServer((ask, answer) => {
      const headers = { ...ask.headers };
      delete headers.upgrade;
      headers.connection = "close";
      const onward = request(
        { host: hostname, port, method: ask.method, path: ask.url, headers, agent: false },
        (reply) => {
          answer.writeHead(reply.statusCode ?? 502, reply.headers);
          pipeline(reply, answer, () => {});
        },
      );
      const timer = setTimeout(() => {
        cutter.cut += 1;
        answer.destroy();
      }, afterMs);
      onward.once("error", () => answer.destroy());
      answer.once("close", () => {
        clearTimeout(timer);
        onward.destroy();
      });
      ask.pipe(onward);
    });
    // Node drops who asks for an upgrade, unless somebody answers: as an old proxy does.
    server.on("upgrade", (_, socket) => {
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port was given");
    const cutter = new Cutter(`http://127.0.0.1:${address.port}`, async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
    return cutter;
  }

  async close(): Promise<void> {
    await this.stop();
  }
}
