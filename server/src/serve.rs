//! From settings to a running server, and back down without losing anything.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use leptos::config::{LeptosOptions, get_configuration};
use store::{Indexer, Keep, OpenError, ReadError, Search, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::lock::{LockError, LogLock};
use crate::metrics::Metrics;
use crate::names::Names;
use crate::net::{Certificate, Door, Listener, Patience, Reloader, Seats, TlsError, serve};
use crate::rooms::{Rooms, tell};
use crate::router::router;
use crate::sessions::Sessions;
use crate::state::AppState;
use crate::sweep::sweep;

/// How long sessions may take to say goodbye when the server stops.
const GOODBYE: Duration = Duration::from_secs(10);

/// How long plain requests may still take after that.
const LINGER: Duration = Duration::from_secs(5);

/// A server that is open for visitors once [`run`](Self::run) is polled.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    stomp: Option<Listener>,
    certificate: Option<Arc<Certificate>>,
    state: AppState,
    sockjs: sockjs::Options,
    teller: JoinHandle<()>,
    indexer: Indexer,
    keep: Keep,
    lock: LogLock,
}

/// Why the server did not start; one sentence each, saying what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error("TLS cannot be served: {0}")]
    Tls(#[from] TlsError),
    #[error("cannot listen on {address}: {error}{hint}", hint = hint(.error, .flag))]
    Listen {
        address: SocketAddr,
        error: io::Error,
        flag: &'static str,
    },
    #[error(
        "the front end is missing in {0}: run script/server, which builds it, or name its \
         folder with --site"
    )]
    Site(PathBuf),
}

fn hint(error: &io::Error, flag: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("; choose another address with {flag}"),
        io::ErrorKind::PermissionDenied => format!("; choose a port from 1024 up with {flag}"),
        _ => String::new(),
    }
}

impl Server {
    /// Opens the log, checks front end and certificate, and binds the addresses.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing is left running.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let leptos = leptos_options(config)?;
        let certificate = match config.tls()? {
            Some((cert, key)) => Some(Arc::new(Certificate::load(cert.into(), key.into())?)),
            None => None,
        };
        let listener = bind(
            "--listen",
            config.listen,
            certificate.as_ref(),
            &[b"http/1.1"],
        )
        .await?;
        let stomp_listener = match config.stomp_listen {
            Some(address) => {
                Some(bind("--stomp-listen", address, certificate.as_ref(), &[]).await?)
            }
            None => None,
        };
        let database = config.database()?;
        let index = config.index(&database);
        let lock = LogLock::take(database.file().unwrap_or(&index))?;
        let options = store::Options {
            max_rooms: config.max_rooms,
            ..store::Options::new(database)
        };
        let (store, journal) = Store::open(options).await?;
        let (search, indexer) = Search::open(&store, &index).await?;
        let clock = Clock::start();
        let grace = config.leave_after();
        let rooms = Rooms::open(store.clone(), clock, grace, config.create_rooms_on_entry).await?;
        let broker = Broker::new(config.broker()).map_err(ConfigError::from)?;
        for queues in config.shared_queues()? {
            broker.declare_shared(queues);
        }
        let metrics = Metrics::new(broker.clone(), store.clone());
        for courier in broker.couriers() {
            let sent = metrics.sent_live.clone();
            tokio::spawn(courier.run(move |count| {
                sent.inc_by(count);
            }));
        }
        let teller = tokio::spawn(tell(journal, broker.clone()));
        let sessions = Sessions::new();
        let stomp = Arc::new(config.stomp());
        let sockjs = config.sockjs()?;
        let state = AppState {
            store,
            search,
            broker,
            rooms,
            names: Names::default(),
            rules: config.rules(),
            sessions,
            metrics,
            seats: Seats::new(config.max_sessions),
            clock,
            stomp,
            leptos,
        };
        Ok(Self {
            listener,
            stomp: stomp_listener,
            certificate,
            state,
            sockjs,
            teller,
            indexer,
            keep: config.keep(),
            lock,
        })
    }

    /// Where it listens for HTTP.
    ///
    /// # Errors
    ///
    /// Where the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.address()
    }

    /// Where it listens for STOMP over TCP, if it does.
    ///
    /// # Errors
    ///
    /// Where the operating system does not say.
    pub fn stomp_address(&self) -> io::Result<Option<SocketAddr>> {
        self.stomp.as_ref().map(Listener::address).transpose()
    }

    /// Whether both speak TLS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.certificate.is_some()
    }

    /// A handle that has the certificate read again while the server runs.
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        Reloader::new(self.certificate.clone())
    }

    /// Serves until `stop` resolves, then says goodbye: no new visitors, every session closed,
    /// with 1001 where it has codes, everything taken written to disk.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped, it leaves sessions without a goodbye, and yet nothing
    /// acknowledged is lost.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let Self {
            lock,
            listener,
            stomp,
            certificate: _,
            state,
            sockjs,
            teller,
            indexer,
            keep,
        } = self;
        let keeper = tokio::spawn(state.rooms.clone().keep());
        let indexer = tokio::spawn(indexer.run());
        let sweeper = tokio::spawn(sweep(state.store.clone(), keep));
        let (sessions, store) = (state.sessions.clone(), state.store.clone());
        let door = stomp.map(|listener| {
            let door = Door::new(listener, Patience::from(&sockjs), state.clone());
            tokio::spawn(door.keep())
        });
        let app = router(state, sockjs);
        let (done, quiet) = watch::channel(false);
        let goodbye = tokio::spawn(async move {
            stop.await;
            info!(sessions = sessions.count(), "stopping");
            let left = sessions.stop(GOODBYE).await;
            if left > 0 {
                warn!(left, "some sessions did not end in time");
            }
            done.send_replace(true);
        });
        tokio::select! {
            () = serve(listener, app, said(quiet.clone())) => {}
            () = async { said(quiet).await; sleep(LINGER).await } => {}
        }
        goodbye.abort();
        keeper.abort();
        sweeper.abort();
        if let Some(door) = door {
            door.abort();
        }
        store.close().await;
        // Wherever it is, the next one goes on there.
        indexer.abort();
        // The teller ends with the journal, which ends with the store; it cannot fail.
        let _ = teller.await;
        drop(lock);
        info!("stopped");
    }
}

async fn bind(
    flag: &'static str,
    address: SocketAddr,
    certificate: Option<&Arc<Certificate>>,
    protocols: &[&[u8]],
) -> Result<Listener, StartError> {
    let tls = certificate.map(|certificate| certificate.serve(protocols));
    Listener::bind(address, tls)
        .await
        .map_err(|error| StartError::Listen {
            address,
            error,
            flag,
        })
}

/// Resolves once the goodbye is said.
async fn said(mut quiet: watch::Receiver<bool>) {
    // An error means that nobody is left to say it, which is as good a reason to stop.
    let _ = quiet.wait_for(|quiet| *quiet).await;
}

fn leptos_options(config: &Config) -> Result<LeptosOptions, StartError> {
    // Under `cargo leptos watch` the environment tells; it also names the reload port.
    let mut options = get_configuration(None).map_or_else(
        |_| LeptosOptions::builder().output_name("roomside").build(),
        |configuration| configuration.leptos_options,
    );
    options.output_name = "roomside".into();
    options.site_addr = config.listen;
    let site = config.site_root().unwrap_or_else(|| PathBuf::from("site"));
    if !site.join("pkg").join("roomside.js").is_file() {
        return Err(StartError::Site(site));
    }
    options.site_root = site.to_string_lossy().into();
    Ok(options)
}
