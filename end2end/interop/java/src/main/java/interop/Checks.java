package interop;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.sockjs.client.RestTemplateXhrTransport;
import org.springframework.web.socket.sockjs.client.WebSocketTransport;

/** A queue that consumers share is {@code x-queue:shared}. */
final class Checks {
    interface Check {
        void run(Connector connector) throws Exception;
    }

    static final Map<String, Check> ALL = new LinkedHashMap<>();

    static {
        ALL.put("signs in with each version and a login", Checks::signsIn);
        ALL.put("headers and bodies arrive whole, NUL included", Checks::whole);
        ALL.put("ack:client-individual leaves the others unacknowledged", Checks::individual);
        ALL.put("ack:client takes all before as well", Checks::cumulative);
        ALL.put("NACK has it come again, marked as redelivered", Checks::nack);
        ALL.put("a queue of one's own, by login", Checks::ownQueue);
        ALL.put("heart-beats keep an idle connection", Checks::heartbeats);
        ALL.put("SockJS over its WebSocket transport", Checks::sockJs);
        ALL.put("SockJS over HTTP streaming", Checks::sockJsOverHttp);
        ALL.put("a wildcard is refused by an ERROR, then the connection ends", Checks::wildcard);
        ALL.put("after UNSUBSCRIBE nothing comes any more", Checks::unsubscribes);
    }

    static void signsIn(Connector connector) throws Exception {
        // It refuses 1.0 by itself.
        for (var version : List.of("1.1", "1.2")) {
            var headers = new StompHeaders();
            headers.setAcceptVersion(version);
            headers.setLogin("kim");
            var peer = connector.connect(headers);
            expect(version, peer.connected.getFirst("version"));
            expect("kim", peer.connected.getFirst("user-name"));
        }
    }

    static void whole(Connector connector) throws Exception {
        var peer = connector.connect();
        peer.subscribe("/topic/whole");
        var octets = new byte[1024];
        for (int at = 0; at < octets.length; at++) octets[at] = (byte) at;
        var odd = "a:b\\x\nc — 따옴표";
        var type = "application/octet-stream";
        peer.publish("/topic/whole", octets, "content-type", type, "x-own", odd);
        var message = peer.next();
        expect(true, Arrays.equals(octets, message.body()));
        expect(type, message.headers().getFirst("content-type"));
        expect(odd, message.headers().getFirst("x-own"));
    }

    static void individual(Connector connector) throws Exception {
        acknowledging(connector, "client-individual", "!one", "!three", "fence");
    }

    static void cumulative(Connector connector) throws Exception {
        acknowledging(connector, "client", "!three", "fence");
    }

    /** Acknowledges the second of three messages, and leaves the rest to another. */
    private static void acknowledging(Connector connector, String mode, String... left)
            throws Exception {
        var one = connector.connect();
        var two = connector.connect();
        var inbox = one.subscribe("/queue/a", "ack", mode, "x-queue", "shared");
        for (var body : List.of("one", "two", "three")) one.publish("/queue/a", body);
        expect("one", one.next().toString());
        var second = one.next();
        expect("three", one.next().toString());
        one.settle(second, true);
        two.subscribe("/queue/a", "ack", mode, "x-queue", "shared");
        inbox.unsubscribe();
        one.publish("/topic/done", "");
        two.publish("/queue/a", "fence");
        for (var wanted : left) expect(wanted, two.next().toString());
    }

    static void nack(Connector connector) throws Exception {
        var peer = connector.connect();
        peer.subscribe("/queue/n", "ack", "client-individual", "x-queue", "shared");
        peer.publish("/queue/n", "try me");
        var first = peer.next();
        expect("try me", first.toString());
        peer.settle(first, false);
        var again = peer.next();
        expect("!try me", again.toString());
        peer.settle(again, true);
        peer.publish("/queue/n", "fence");
        expect("fence", peer.next().toString());
    }

    static void ownQueue(Connector connector) throws Exception {
        var headers = new StompHeaders();
        headers.setLogin("kim");
        var kim = connector.connect(headers);
        kim.subscribe("/user/queue/notes");
        connector.connect().publish("/user/kim/queue/notes", "for kim");
        var message = kim.next();
        expect("for kim", message.text());
        expect("/user/queue/notes", message.headers().getDestination());
    }

    static void heartbeats(Connector connector) throws Exception {
        var peer = connector.connect(500);
        expect("500,500", peer.connected.getFirst("heart-beat"));
        // The library gives up after three times that without a beat; the server after less.
        Thread.sleep(4_000);
        peer.publish("/topic/still-here", "");
    }

    static void sockJs(Connector connector) throws Exception {
        talk(connector.connectBySockJs(new WebSocketTransport(new StandardWebSocketClient())));
    }

    static void sockJsOverHttp(Connector connector) throws Exception {
        talk(connector.connectBySockJs(new RestTemplateXhrTransport()));
    }

    private static void talk(Peer peer) throws Exception {
        peer.subscribe("/topic/sockjs");
        peer.publish("/topic/sockjs", "안녕하세요 🙂");
        expect("안녕하세요 🙂", peer.next().text());
    }

    static void wildcard(Connector connector) throws Exception {
        var peer = connector.connect();
        peer.send("/topic/**");
        expect(false, peer.error().getFirst("message").isEmpty());
        peer.awaitEnd();
    }

    static void unsubscribes(Connector connector) throws Exception {
        var peer = connector.connect();
        var inbox = peer.subscribe("/topic/gone");
        peer.subscribe("/topic/stays");
        inbox.unsubscribe();
        peer.publish("/topic/gone", "unheard");
        peer.publish("/topic/stays", "heard");
        expect("heard", peer.next().text());
        peer.session.disconnect();
    }

    private static void expect(Object wanted, Object heard) {
        if (!Objects.equals(wanted, heard)) {
            throw new AssertionError("expected " + wanted + ", heard " + heard);
        }
    }
}
