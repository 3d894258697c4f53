// @ts-check
// What is counted on the page that compares transports, and what it comes to: values, without page
// or network.

/**
 * What went over the wire while one way was measured.
 *
 * @typedef {object} Tally
 * @property {number} requests HTTP requests, a WebSocket's handshake among them
 * @property {number} sent bytes to the server
 * @property {number} received bytes from the server
 * @property {number[]} delays from just before each message was sent until it was back, in ms
 */

/**
 * One way's numbers.
 *
 * @typedef {object} Summary
 * @property {number} median the median delay, in ms
 * @property {number} worst the longest delay, in ms
 * @property {number} sent bytes to the server for each message
 * @property {number} received bytes from the server for each message
 * @property {number} requests requests in all
 */

/** @returns {Tally} */
export function nothing() {
  return { requests: 0, sent: 0, received: 0, delays: [] };
}

/**
 * What a tally comes to; nothing where no message came back.
 *
 * @param {Tally} tally
 * @returns {Summary | undefined}
 */
export function summary({ requests, sent, received, delays }) {
  const count = delays.length;
  if (count === 0) return undefined;
  const sorted = [...delays].sort((a, b) => a - b);
  const middle = [sorted[Math.floor((count - 1) / 2)], sorted[Math.floor(count / 2)]];
  return {
    median: (middle[0] + middle[1]) / 2,
    worst: sorted[count - 1],
    sent: Math.round(sent / count),
    received: Math.round(received / count),
    requests,
  };
}

/**
 * How wide the two parts of each bar are, in per cent of the longest bar. A part that is something
 * is seen: it has at least `SEEN`, and no bar is wider than the longest.
 *
 * @param {[number, number][]} bars
 * @returns {[number, number][]}
 */
export function widths(bars) {
  const longest = Math.max(...bars.map(([first, second]) => first + second), 0);
  /** @param {number} part */
  const wide = (part) => (part > 0 ? Math.max((part / longest) * 100, SEEN) : 0);
  return bars.map(([first, second]) => {
    const width = Math.min(wide(first), second > 0 ? 100 - SEEN : 100);
    return [width, Math.min(wide(second), 100 - width)];
  });
}

/** Per cent of the longest bar that anything at all is wide. */
export const SEEN = 0.4;

/**
 * Milliseconds for people: as exact as it matters.
 *
 * @param {number} ms
 */
export function milliseconds(ms) {
  return ms < 99.95 ? ms.toFixed(1) : ms.toFixed(0);
}

// Bytes that a browser does not see and that are computed, as HTTP/1.1 (RFC 9112) and WebSocket
// (RFC 6455) write them.

/** The header in which our server tells how long the head of the request was, as it came. */
export const REQUEST_HEAD = "x-request-head";

/**
 * A WebSocket frame with so many bytes of payload (RFC 6455, section 5.2). Those of browsers are
 * masked, with a key of four bytes.
 *
 * @param {number} payload
 * @param {boolean} masked
 */
export function frame(payload, masked) {
  const length = payload < 126 ? 0 : payload < 65_536 ? 2 : 8;
  return 2 + length + (masked ? 4 : 0) + payload;
}

/**
 * A chunk of so many bytes (RFC 9112, section 7.1): its length in hexadecimal digits, and two ends
 * of line.
 *
 * @param {number} data
 */
export function chunk(data) {
  return data.toString(16).length + "\r\n".length + data + "\r\n".length;
}

/** What ends a body in chunks: an empty one. */
export const LAST_CHUNK = chunk(0);

/**
 * The status line, the headers and the empty line of a response, of what a page is shown of it. The
 * header that is there for the measurement is not counted.
 *
 * @param {string} reason
 * @param {Iterable<[string, string]>} headers
 */
export function responseHead(reason, headers) {
  let octets = `HTTP/1.1 200 ${reason}\r\n\r\n`.length;
  for (const [name, value] of headers) {
    if (name !== REQUEST_HEAD) octets += `${name}: ${value}\r\n`.length;
  }
  return octets;
}
