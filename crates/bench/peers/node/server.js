// stomp-broker-js as its documentation starts it, on a free port, which is printed.

const http = require("node:http");
const StompServer = require("stomp-broker-js");

const server = http.createServer();
new StompServer({ server, path: "/stomp", heartbeat: [0, 0] });
server.listen(0, "127.0.0.1", () => {
  console.log(`listening on ws://127.0.0.1:${server.address().port}/stomp`);
});
