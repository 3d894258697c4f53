// Listens on the line: what a page says on its WebSocket, as the server hears it.
//
// A browser's own tools lose sight of a page that is going away, and with it of its last words.

import WebSocket from "ws";

import { Gateway } from "./gateway";

/** The library's decoder of frames, which its types leave out. */
type Receiver = new (options: { isServer: boolean }) => NodeJS.WritableStream;
const { Receiver } = WebSocket as unknown as { Receiver: Receiver };

export class Tap {
  private constructor(
    readonly gateway: Gateway,
    readonly heard: string[],
  ) {}

  static async start(upstream: string): Promise<Tap> {
    const heard: string[] = [];
    const gateway = await Gateway.start(upstream, {
      listen: (socket) => {
        const decoder = new Receiver({ isServer: true });
        decoder.on("message", (data: Buffer) => heard.push(data.toString()));
        // A page that dies in the middle of a frame is the server's affair.
        decoder.on("error", () => {});
        // A copy, for the decoder takes the mask off in place.
        socket.on("data", (octets) => decoder.write(Buffer.from(octets)));
      },
    });
    return new Tap(gateway, heard);
  }

  /** How many frames of this STOMP command were heard, bare or in a SockJS envelope. */
  count(command: string): number {
    const frame = new RegExp(`^(\\[")?${command}(\\r?\\n|\\\\n)`);
    return this.heard.filter((message) => frame.test(message)).length;
  }
}
