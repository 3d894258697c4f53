//! TLS on both addresses.

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use crate::program::{Program, command, fails};
use crate::support::{Client, Running, Stream, http_over, in_time};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use server::Config;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A folder with a certificate and its key in it.
struct Identity {
    folder: TempDir,
    /// The certificate of the files, as a peer sees it.
    shown: CertificateDer<'static>,
}

impl Identity {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shown = write(
            &folder.path().join("cert.pem"),
            &folder.path().join("key.pem"),
        );
        Self { folder, shown }
    }

    /// Writes another one over it, and gives back the old.
    fn renew(&mut self) -> CertificateDer<'static> {
        let shown = write(&self.cert(), &self.key());
        std::mem::replace(&mut self.shown, shown)
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    async fn server(&self) -> Running {
        Running::start_with(|config: &mut Config| {
            config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
            config.tls_cert = Some(self.cert());
            config.tls_key = Some(self.key());
        })
        .await
    }

    /// The program with STOMP over TCP and a log that tells of reloads.
    fn program(&self, root: &Path) -> Program {
        let mut command = tls_command(root, &self.cert(), &self.key());
        command
            .args(["--stomp-listen", "127.0.0.1:0", "--log", "info"])
            .stderr(Stdio::piped());
        Program::spawn(&mut command, "https")
    }

    /// A handshake with a client that trusts this certificate alone.
    async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.shown.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        in_time(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    async fn stream(&self, address: SocketAddr) -> Box<dyn Stream> {
        Box::new(self.connect(address).await.unwrap())
    }

    /// A STOMP session over TLS.
    async fn tcp_client(&self, address: SocketAddr) -> Client {
        let mut client = Client::over(self.stream(address).await);
        client.sign_in().await;
        client
    }
}

fn write(cert: &Path, key: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(cert, made.cert.pem()).unwrap();
    std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn tls_command(root: &Path, cert: &Path, key: &Path) -> Process {
    let mut command = command(root);
    command
        .arg("--tls-cert")
        .arg(cert)
        .arg("--tls-key")
        .arg(key);
    command
}

#[tokio::test]
async fn both_addresses_speak_tls() {
    let identity = Identity::make();
    let server = identity.server().await;
    let stream = identity.connect(server.address).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let (status, _, rooms) = http_over(stream, server.address, "GET /api/rooms HTTP/1.1", "").await;
    assert_eq!((status, rooms.starts_with('[')), (200, true));

    let stream = identity.stream(server.address).await;
    let url = "wss://localhost/websc/websocket";
    let (mut web, _) = Client::upgrade(stream, url, "v12.stomp").await;
    web.sign_in().await;
    web.follow("lobby", "").await;
    let mut tcp = identity.tcp_client(server.stomp.unwrap()).await;
    tcp.follow("lobby", "").await;
    tcp.send_to_room("TALK", "lobby", "철수", "안녕", "").await;
    assert_eq!(web.lines(1).await, ["1 철수: 안녕"]);
    web.send_to_room("TALK", "lobby", "영희", "반가워", "")
        .await;
    assert_eq!(tcp.lines(2).await, ["1 철수: 안녕", "2 영희: 반가워"]);

    // Also large frames, which are many records, pass whole.
    let text = "길다".repeat(1_900);
    for _ in 0..50 {
        tcp.say("long", "철수", &text).await;
    }
    web.follow("long", "x-since:0\n").await;
    for _ in 0..50 {
        assert_eq!(web.line().await.message, text);
    }
    tcp.send("DISCONNECT\nreceipt:bye\n\n\0").await;
    tcp.receipt("bye").await;
    tcp.hung_up().await;
}

#[tokio::test]
async fn a_reload_shows_the_new_certificate_and_a_broken_one_leaves_it() {
    let mut identity = Identity::make();
    let server = identity.server().await;
    let stomp = server.stomp.unwrap();
    let mut before = identity.tcp_client(stomp).await;

    let old = identity.renew();
    assert!(
        identity.connect(stomp).await.is_err(),
        "nothing changes until it is asked for"
    );
    server.reloader.reload();
    for address in [server.address, stomp] {
        identity.connect(address).await.unwrap();
    }
    let new = std::mem::replace(&mut identity.shown, old);
    assert!(
        identity.connect(stomp).await.is_err(),
        "the old one is gone"
    );
    identity.shown = new;

    for broken in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n????"] {
        std::fs::write(identity.cert(), broken).unwrap();
        server.reloader.reload();
        identity.connect(stomp).await.unwrap();
    }
    std::fs::remove_file(identity.key()).unwrap();
    server.reloader.reload();
    identity.connect(server.address).await.unwrap();
    before.say("lobby", "철수", "still here").await;
}

#[tokio::test]
async fn sighup_reloads_the_certificate() {
    let root = tempfile::tempdir().unwrap();
    let mut identity = Identity::make();
    let mut program = identity.program(root.path());
    let stomp = program.also_listens("stomp+ssl");
    let mut log = program.log().lines().map(Result::unwrap);
    let mut logged = |what: &str| assert!(log.any(|line| line.contains(what)), "{what}");
    let mut client = identity.tcp_client(stomp).await;

    identity.renew();
    program.signal("HUP");
    logged("the certificate was read again");
    identity.connect(program.address).await.unwrap();

    std::fs::write(identity.cert(), "nonsense").unwrap();
    program.signal("HUP");
    logged("the old certificate stays in force");
    identity.connect(stomp).await.unwrap();
    client.say("lobby", "철수", "still here").await;
    program.kill();
}

#[tokio::test]
async fn sighup_without_a_certificate_is_no_reason_to_stop() {
    let root = tempfile::tempdir().unwrap();
    let mut command = command(root.path());
    command.args(["--log", "info"]).stderr(Stdio::piped());
    let mut program = Program::spawn(&mut command, "http");
    program.signal("HUP");
    let mut log = program.log().lines().map(Result::unwrap);
    assert!(log.any(|line| line.contains("there is nothing to reload")));
    Client::connect(program.address).await;
    program.kill();
}

#[tokio::test]
async fn peers_that_are_silent_or_speak_no_tls_hold_up_nobody() {
    let identity = Identity::make();
    let server = identity.server().await;
    let mut others = Vec::new();
    for address in [server.address, server.stomp.unwrap()] {
        for _ in 0..50 {
            others.push(TcpStream::connect(address).await.unwrap());
            let mut plain = TcpStream::connect(address).await.unwrap();
            plain.write_all(b"CONNECT\n\n\0").await.unwrap();
            others.push(plain);
        }
        identity.connect(address).await.unwrap();
    }
}

#[test]
fn files_that_cannot_be_used_are_one_sentence_each() {
    let root = tempfile::tempdir().unwrap();
    let (good, other) = (Identity::make(), Identity::make());
    let empty = root.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let broken = root.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA").unwrap();
    let missing = PathBuf::from("/nowhere/cert.pem");
    let not_der = root.path().join("not-der.pem");
    std::fs::write(
        &not_der,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    for (cert, key, names, says) in [
        (missing.clone(), good.key(), &missing, "cannot be read"),
        (good.cert(), missing.clone(), &missing, "cannot be read"),
        (empty.clone(), good.key(), &empty, "has no certificate"),
        (good.key(), good.key(), &good.key(), "has no certificate"),
        (broken.clone(), good.key(), &broken, "is not PEM"),
        (not_der.clone(), good.key(), &not_der, "cannot be used"),
        (good.cert(), empty.clone(), &empty, "has no private key"),
        (good.cert(), good.cert(), &good.cert(), "has no private key"),
        (good.cert(), other.key(), &other.key(), "does not belong"),
    ] {
        let said = fails(&mut tls_command(root.path(), &cert, &key));
        let named = names.to_str().unwrap();
        assert!(said.contains(named) && said.contains(says), "{said}");
    }
    let said = fails(command(root.path()).arg("--tls-cert").arg(good.cert()));
    assert!(said.contains("tls_key"), "{said}");
}
