package interop;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.WebSocketClient;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;
import org.springframework.web.socket.sockjs.client.SockJsClient;
import org.springframework.web.socket.sockjs.client.Transport;

/** Connects to the server at an {@code http://} address. */
record Connector(String url) {
    /** How long any one answer may take, in seconds. */
    static final long ANSWER = 10;

    Peer connect() throws Exception {
        return connect(new StompHeaders());
    }

    Peer connect(StompHeaders headers) throws Exception {
        return connect(new StandardWebSocketClient(), raw(), headers, 0);
    }

    Peer connect(long heartbeat) throws Exception {
        return connect(new StandardWebSocketClient(), raw(), new StompHeaders(), heartbeat);
    }

    Peer connectBySockJs(Transport transport) throws Exception {
        return connect(new SockJsClient(List.of(transport)), url + "/websc", new StompHeaders(), 0);
    }

    private String raw() {
        return url.replace("http", "ws") + "/websc/websocket";
    }

    private static Peer connect(
            WebSocketClient transport, String url, StompHeaders headers, long heartbeat)
            throws Exception {
        var client = new WebSocketStompClient(transport);
        // Receipts and heart-beats need one.
        var scheduler = new ThreadPoolTaskScheduler();
        scheduler.initialize();
        client.setTaskScheduler(scheduler);
        client.setDefaultHeartbeat(new long[] {heartbeat, heartbeat});
        var peer = new Peer();
        client.connectAsync(url, new WebSocketHttpHeaders(), headers, peer);
        return peer.ready.get(ANSWER, TimeUnit.SECONDS);
    }
}
