//! A server with the services that a test of the SockJS protocol needs, such as the suite
//! sockjs-protocol:
//!
//! ```sh
//! cargo run -p roomside-sockjs --features server --example conformance -- --listen 127.0.0.1:8081
//! ```
//!
//! | path | what |
//! |---|---|
//! | `/echo` | sends back what it gets |
//! | `/disabled_websocket_echo` | the same without WebSockets |
//! | `/cookie_needed_echo` | the same with the cookie `JSESSIONID` |
//! | `/close` | closes every session at once with 3000 and `Go away!` |
//!
//! Pages of any site may connect, and a streaming response of an echo ends after 4096 bytes, as the
//! suite expects it. `--client-url URL` names the script that the iframe pages load.

use std::{env, error::Error, net::SocketAddr};

use axum::Router;
use sockjs::{AllowedOrigins, Options, Session};
use tokio::net::TcpListener;

const USAGE: &str = "usage: conformance [--listen ADDRESS] [--client-url URL]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut listen = "127.0.0.1:8081".to_owned();
    let mut client_url = "/sockjs.min.js".to_owned();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "--listen" => &mut listen,
            "--client-url" => &mut client_url,
            _ => return Err(format!("unknown argument {argument}; {USAGE}").into()),
        };
        *value = arguments.next().ok_or(USAGE)?;
    }
    let listener = TcpListener::bind(&listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let service = services(client_url).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(())
}

fn services(client_url: String) -> Router {
    let options = Options {
        allowed_origins: AllowedOrigins::any(),
        response_limit: 4096,
        client_url: Some(client_url),
        ..Options::default()
    };
    let without_websocket = Options {
        websocket: false,
        ..options.clone()
    };
    let with_cookie = Options {
        cookie_needed: true,
        ..options.clone()
    };
    Router::new()
        .merge(sockjs::router("/echo", options.clone(), echo))
        .merge(sockjs::router(
            "/disabled_websocket_echo",
            without_websocket,
            echo,
        ))
        .merge(sockjs::router("/cookie_needed_echo", with_cookie, echo))
        .merge(sockjs::router("/close", options, close))
}

/// Sends everything back. What comes together goes back together, where the transport can.
async fn echo(mut session: Session) {
    while let Some(message) = session.recv().await {
        if session.send(message).await.is_err() {
            break;
        }
    }
}

async fn close(session: Session) {
    session.close(3000, "Go away!").await;
}
