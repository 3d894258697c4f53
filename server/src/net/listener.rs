//! An address that takes connections in, as they are or encrypted.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use super::socket::Socket;
use super::stream::Stream;

/// Connections that the system keeps until they are taken in; it lowers this to its own limit
/// (`net.core.somaxconn`, 4,096 on Linux). After an outage everybody comes at once, and whom the
/// queue has no place for believes for a while to be connected.
const BACKLOG: i32 = 4_096;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Handshakes at a time. While there are so many, the next connections wait in the system's queue:
/// a handshake costs memory and computing before anything is known of the peer.
const MAX_HANDSHAKES: usize = 1024;

/// Plaintext and records that TLS may hold back for one peer, in bytes: one full record.
const TLS_BUFFER: usize = 16 * 1024;

/// How long to wait when the system gives out no more connections, such as for want of file
/// descriptors. The connections wait in its queue meanwhile.
const BREATHER: Duration = Duration::from_secs(1);

/// Silence after which TCP asks whether the peer's machine is still there, and how long and how
/// often it asks again: a peer without heart-beats that is gone is noticed after two minutes.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(60))
    .with_interval(Duration::from_secs(15))
    .with_retries(4);

/// A bound address. It never fails and never gives out a connection whose handshake has failed.
#[derive(Debug)]
pub(crate) struct Listener {
    tcp: TcpListener,
    tls: Option<Tls>,
}

struct Tls {
    acceptor: TlsAcceptor,
    max_handshakes: usize,
    /// Handshakes under way, off the loop that accepts, so that a silent peer holds up nobody.
    handshakes: JoinSet<Option<(Stream, SocketAddr)>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("handshakes", &self.handshakes.len())
            .finish_non_exhaustive()
    }
}

impl Listener {
    pub(crate) async fn bind(
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        // Said again, since binding has chosen a shorter queue.
        SockRef::from(&tcp).listen(BACKLOG)?;
        Ok(Self {
            tcp,
            tls: tls.map(|config| Tls {
                acceptor: TlsAcceptor::from(config),
                max_handshakes: MAX_HANDSHAKES,
                handshakes: JoinSet::new(),
            }),
        })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl axum::serve::Listener for Listener {
    type Io = Stream;
    type Addr = SocketAddr;

    /// # Cancel safety
    ///
    /// Safe: handshakes go on between two calls.
    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let Some(Tls {
            acceptor,
            max_handshakes,
            handshakes,
        }) = &mut self.tls
        else {
            let (stream, remote) = accept(&self.tcp).await;
            return (Stream::Plain(Socket::new(stream)), remote);
        };
        loop {
            let room = handshakes.len() < *max_handshakes;
            tokio::select! {
                Some(done) = handshakes.join_next() => {
                    if let Ok(Some(connection)) = done {
                        return connection;
                    }
                }
                (stream, remote) = accept(&self.tcp), if room => {
                    handshakes.spawn(shake_hands(acceptor.clone(), stream, remote));
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address()
    }
}

async fn accept(tcp: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match tcp.accept().await {
            Ok((stream, remote)) => {
                tune(&stream);
                return (stream, remote);
            }
            // The peer was gone before we came to it.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                warn!(%error, "no connection can be taken in for now");
                sleep(BREATHER).await;
            }
        }
    }
}

/// A connection on which this fails is broken, which whoever reads it will see.
fn tune(stream: &TcpStream) {
    let tuned = stream
        .set_nodelay(true)
        .and_then(|()| SockRef::from(stream).set_tcp_keepalive(&KEEPALIVE));
    if let Err(error) = tuned {
        debug!(%error, "a connection cannot be tuned");
    }
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    remote: SocketAddr,
) -> Option<(Stream, SocketAddr)> {
    match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(mut stream)) => {
            stream.get_mut().1.set_buffer_limit(Some(TLS_BUFFER));
            Some((Stream::Tls(Box::new(stream)), remote))
        }
        Ok(Err(error)) => {
            debug!(%remote, %error, "a TLS handshake failed");
            None
        }
        Err(_) => {
            debug!(%remote, "a TLS handshake took too long");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Certificate;
    use axum::serve::Listener as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    const MAX: usize = 2;

    /// A listener that does [`MAX`] handshakes at a time, at work.
    async fn listening() -> SocketAddr {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let config = Arc::new(Certificate::load(cert, key).unwrap()).serve(&[]);
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut listener = Listener::bind(anywhere, Some(config)).await.unwrap();
        listener.tls.as_mut().unwrap().max_handshakes = MAX;
        let address = listener.address().unwrap();
        tokio::spawn(async move {
            listener.accept().await;
            unreachable!("nobody shakes hands here");
        });
        address
    }

    async fn silent(address: SocketAddr) -> TcpStream {
        TcpStream::connect(address).await.unwrap()
    }

    /// How long it takes until somebody who speaks no TLS is told so.
    async fn told_after(address: SocketAddr) -> u64 {
        let start = Instant::now();
        let mut stream = silent(address).await;
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut alert = Vec::new();
        stream.read_to_end(&mut alert).await.unwrap();
        // A TLS record of type alert (RFC 8446, section 5.1).
        assert_eq!(alert.first(), Some(&21));
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_given_up_and_holds_up_nobody() {
        let address = listening().await;
        let start = Instant::now();
        let mut silent = silent(address).await;
        assert_eq!(told_after(address).await, 0);
        assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(start.elapsed().as_secs(), HANDSHAKE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_so_many_handshakes_the_next_one_waits() {
        let address = listening().await;
        let _silent: [TcpStream; MAX] = [silent(address).await, silent(address).await];
        assert_eq!(told_after(address).await, HANDSHAKE.as_secs());
    }
}
