package peer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;

/** Spring's simple broker behind a raw WebSocket, as its guide sets it up. */
@SpringBootApplication
@EnableWebSocketMessageBroker
public class Peer implements WebSocketMessageBrokerConfigurer {
    public static void main(String[] arguments) {
        SpringApplication.run(Peer.class, arguments);
    }

    @Override
    public void configureMessageBroker(MessageBrokerRegistry registry) {
        registry.enableSimpleBroker("/topic");
        // By default messages of one publisher may overtake each other, coming and going.
        registry.setPreservePublishOrder(true);
    }

    @Override
    public void registerStompEndpoints(StompEndpointRegistry registry) {
        registry.addEndpoint("/stomp");
        registry.setPreserveReceiveOrder(true);
    }

    @EventListener
    public void started(ServletWebServerInitializedEvent event) {
        System.out.println("listening on ws://127.0.0.1:" + event.getWebServer().getPort() + "/stomp");
    }
}
