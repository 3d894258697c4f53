package interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.reflect.Type;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSession.Receiptable;
import org.springframework.messaging.simp.stomp.StompSession.Subscription;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;

/** One session, with what it heard kept until it is asked for. */
final class Peer extends StompSessionHandlerAdapter {
    record Message(StompHeaders headers, byte[] body) {
        String text() {
            return new String(body, UTF_8);
        }

        /** The body, with {@code !} before that of a redelivered message. */
        @Override
        public String toString() {
            return ("true".equals(headers.getFirst("redelivered")) ? "!" : "") + text();
        }
    }

    StompSession session;
    StompHeaders connected;
    /** The library's own future of a session can be done before {@link #afterConnected} is. */
    final CompletableFuture<Peer> ready = new CompletableFuture<>();
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<StompHeaders> errors = new LinkedBlockingQueue<>();
    private final CompletableFuture<Throwable> ended = new CompletableFuture<>();

    @Override
    public void afterConnected(StompSession session, StompHeaders headers) {
        this.session = session;
        this.connected = headers;
        session.setAutoReceipt(true);
        ready.complete(this);
    }

    @Override
    public Type getPayloadType(StompHeaders headers) {
        return byte[].class;
    }

    /** An ERROR; messages go to their subscription's handler. */
    @Override
    public void handleFrame(StompHeaders headers, Object payload) {
        errors.add(headers);
    }

    @Override
    public void handleTransportError(StompSession session, Throwable error) {
        ended.complete(error);
        ready.completeExceptionally(error);
    }

    /** Subscribed once it returns. Its messages are those of {@link #next()}. */
    Subscription subscribe(String destination, String... more) throws Exception {
        var subscription = send(destination, more);
        done(subscription);
        return subscription;
    }

    /** SUBSCRIBE, without waiting for its receipt. */
    Subscription send(String destination, String... more) {
        var headers = headers(destination, more);
        return session.subscribe(headers, new StompSessionHandlerAdapter() {
            @Override
            public Type getPayloadType(StompHeaders headers) {
                return byte[].class;
            }

            @Override
            public void handleFrame(StompHeaders headers, Object payload) {
                var body = payload == null ? new byte[0] : (byte[]) payload;
                messages.add(new Message(headers, body));
            }
        });
    }

    /** Published once it returns. */
    void publish(String destination, byte[] body, String... more) throws Exception {
        done(session.send(headers(destination, more), body));
    }

    void publish(String destination, String body) throws Exception {
        publish(destination, body.getBytes(UTF_8));
    }

    Message next() throws Exception {
        var message = messages.poll(Connector.ANSWER, TimeUnit.SECONDS);
        if (message == null) throw new AssertionError("no MESSAGE came");
        return message;
    }

    /** ACK or NACK, and what comes after it has been done. */
    void settle(Message message, boolean consumed) throws Exception {
        // In 1.2 a message is named by its header `ack`.
        session.acknowledge(message.headers().getFirst("ack"), consumed);
        publish("/topic/done", "");
    }

    StompHeaders error() throws Exception {
        var headers = errors.poll(Connector.ANSWER, TimeUnit.SECONDS);
        if (headers == null) throw new AssertionError("no ERROR came");
        return headers;
    }

    void awaitEnd() throws Exception {
        ended.get(Connector.ANSWER, TimeUnit.SECONDS);
    }

    /** Waits for the receipt that the library asked for. */
    static void done(Receiptable sent) throws Exception {
        var receipt = new CompletableFuture<Void>();
        sent.addReceiptTask(() -> receipt.complete(null));
        receipt.get(Connector.ANSWER, TimeUnit.SECONDS);
    }

    private static StompHeaders headers(String destination, String... more) {
        var headers = new StompHeaders();
        headers.setDestination(destination);
        for (int at = 0; at < more.length; at += 2) headers.set(more[at], more[at + 1]);
        return headers;
    }
}
