//! From settings to a running server, and back down without losing anything.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use broker::Broker;
use leptos::config::{LeptosOptions, get_configuration};
use store::{OpenError, ReadError, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::lock::{LockError, LogLock};
use crate::names::Names;
use crate::rooms::{Rooms, tell};
use crate::router::router;
use crate::sessions::Sessions;
use crate::state::AppState;

/// How long sessions may take to say goodbye when the server stops.
const GOODBYE: Duration = Duration::from_secs(10);

/// How long plain requests may still take after that.
const LINGER: Duration = Duration::from_secs(5);

/// A server that is open for visitors once [`run`](Self::run) is polled.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    state: AppState,
    sockjs: sockjs::Options,
    teller: JoinHandle<()>,
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
    #[error("the log cannot be read: {0}")]
    Log(#[from] ReadError),
    #[error("cannot listen on {0}: {1}{hint}", hint = hint(.1))]
    Listen(SocketAddr, io::Error),
    #[error(
        "the front end is missing in {0}: run script/server, which builds it, or name its \
         folder with --site"
    )]
    Site(PathBuf),
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; choose another address with --listen",
        io::ErrorKind::PermissionDenied => "; choose a port from 1024 up with --listen",
        _ => "",
    }
}

impl Server {
    /// Opens the log, checks the front end, and binds the address.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing is left running.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let leptos = leptos_options(config)?;
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|error| StartError::Listen(config.listen, error))?;
        let database = config.database()?;
        let lock = LogLock::take(&database)?;
        let options = store::Options {
            max_rooms: config.max_rooms,
            ..store::Options::new(database)
        };
        let (store, journal) = Store::open(options).await?;
        let clock = Clock::start();
        let grace = config.leave_after();
        let rooms = Rooms::open(store.clone(), clock, grace, config.create_rooms_on_entry).await?;
        let broker = Broker::new(config.broker()).map_err(ConfigError::from)?;
        for queues in config.shared_queues()? {
            broker.declare_shared(queues);
        }
        let teller = tokio::spawn(tell(journal, broker.clone()));
        let sessions = Sessions::new();
        let stomp = config.stomp();
        let sockjs = sockjs_options(config);
        let state = AppState {
            store,
            broker,
            rooms,
            names: Names::default(),
            rules: config.rules(),
            sessions,
            clock,
            stomp,
            leptos,
        };
        Ok(Self {
            listener,
            state,
            sockjs,
            teller,
            lock,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// Where the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` resolves, then says goodbye: no new visitors, every session closed
    /// with 1001, everything taken written to disk.
    ///
    /// # Errors
    ///
    /// Where the listener fails.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped, it leaves sessions without a goodbye, and yet nothing
    /// acknowledged is lost.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self {
            lock,
            listener,
            state,
            sockjs,
            teller,
        } = self;
        let keeper = tokio::spawn(state.rooms.clone().keep());
        let (sessions, store) = (state.sessions.clone(), state.store.clone());
        let app = router(state, sockjs).into_make_service_with_connect_info::<SocketAddr>();
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
        let served = tokio::select! {
            served = axum::serve(listener, app).with_graceful_shutdown(said(quiet.clone())) => served,
            () = async { said(quiet).await; sleep(LINGER).await } => Ok(()),
        };
        goodbye.abort();
        keeper.abort();
        store.close().await;
        // The teller ends with the journal, which ends with the store; it cannot fail.
        let _ = teller.await;
        drop(lock);
        info!("stopped");
        served
    }
}

/// Resolves once the goodbye is said.
async fn said(mut quiet: watch::Receiver<bool>) {
    // An error means that nobody is left to say it, which is as good a reason to stop.
    let _ = quiet.wait_for(|quiet| *quiet).await;
}

/// What SockJS gets: the subprotocols of STOMP, and room for its frames. Old clients cut large
/// frames at 16 Ki UTF-16 units, which escaped as JSON can be six bytes each.
fn sockjs_options(config: &Config) -> sockjs::Options {
    sockjs::Options {
        protocols: stomp::SUBPROTOCOLS.to_vec(),
        max_message: (config.max_frame * 2).max(sockjs::Options::default().max_message),
        max_sessions: config.max_sessions,
        // STOMP beats by itself; SockJS' own would only double it.
        heartbeat: None,
        ..sockjs::Options::default()
    }
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
