//! The proof that nothing said in a room is lost: clients talk while their connections are cut, the
//! server is killed and its database restarted, and in the end all logs are compared.

mod dice;
mod disasters;
mod guest;
mod line;
mod outbox;
mod program;
mod proxy;
mod scene;
mod script;
mod verdict;

use std::ffi::OsString;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::ArgPredicate;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use self::disasters::{cut, kill, restart_database};
use self::guest::Guest;
use self::line::Line;
use self::program::{Addresses, Program};
use self::proxy::{Proxy, Upstream, lock};
use self::scene::{Disasters, Scene};
use self::script::Script;
use self::verdict::Verdict;
use crate::cli::positive;
use crate::measure::{Outcome, rounded};
use crate::peer::{Target, Transport};
use crate::stamp::Run;

/// How often it is looked whether anything moves.
const STEP: Duration = Duration::from_millis(20);

/// How much is said, and how much breaks.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Chaos {
    /// The server's program
    #[arg(long, value_name = "PATH")]
    server: PathBuf,

    /// Clients; every other one speaks STOMP over TCP, the rest over WebSocket. Each follows all
    /// rooms
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = positive)]
    clients: usize,

    /// Rooms
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = positive)]
    rooms: usize,

    /// Messages that are said in all
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = positive)]
    messages: usize,

    /// Connections that are cut, anywhere within what they carry
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    cuts: usize,

    /// How often the server is killed with SIGKILL and started again
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    kills: usize,

    /// A command of the shell that restarts the database of the server, such as
    /// 'script/postgres crash DIR'. It is done once it ends well, and finds how many times it was
    /// run before in $RESTARTS. Without it, an ERROR with x-retry is a fault of the server
    #[arg(long, value_name = "COMMAND")]
    #[serde(skip)] // It may hold a password.
    database_restart: Option<OsString>,

    /// How often it is run; 3 times where it is not said
    #[arg(
        long,
        value_name = "COUNT",
        hide_default_value = true,
        default_value_t = 0,
        default_value_if("database_restart", ArgPredicate::IsPresent, "3"),
        requires = "database_restart"
    )]
    database_restarts: usize,

    /// Messages of one client that may wait for their RECEIPTs
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = positive)]
    window: usize,

    /// Decides what is said, where connections are cut, and when the server is killed and its
    /// database restarted; chosen and printed where it is not given
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Seconds without any progress after which it is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,

    /// Leave nothing behind, whatever comes of it; otherwise the server's data and log are kept
    /// where anything is wrong
    #[arg(long)]
    tidy: bool,

    /// What else the server is told, such as --database-url URL
    #[arg(last = true, value_name = "ARGS")]
    #[serde(skip)] // A URL may hold a password.
    args: Vec<OsString>,
}

#[derive(Serialize)]
struct Results<'a> {
    scenario: &'static str,
    load: &'a Chaos,
    seed: u64,
    seconds: f64,
    /// Messages that have their RECEIPT.
    confirmed: usize,
    /// Lines in the store.
    stored: usize,
    /// Lines that reached a client, counted for each.
    arrived: u64,
    /// Connections that were cut; those that died with the server are not counted.
    cuts: usize,
    kills: usize,
    database_restarts: usize,
    /// Sessions of all clients.
    sessions: u64,
    /// How often a message was sent again.
    resent: u64,
    /// Sessions that ended by an ERROR with `x-retry`.
    refused: u64,
    /// Clients to which the server did something wrong; stderr tells what.
    faults: usize,
    #[serde(flatten)]
    verdict: Verdict,
}

/// # Errors
///
/// Where the run could not be made: no server, or one that does not start again. What is lost is
/// told by the outcome.
pub(crate) fn run(chaos: &Chaos) -> anyhow::Result<Outcome> {
    let seed = chaos.seed.unwrap_or_else(|| {
        // As random as the standard library's maps are.
        RandomState::new().build_hasher().finish()
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("the runtime did not start")?;
    let proven = runtime.block_on(prove(chaos, seed));
    proven.with_context(|| format!("chaos with --seed {seed}"))
}

async fn prove(chaos: &Chaos, seed: u64) -> anyhow::Result<Outcome> {
    let patience = Duration::from_secs(chaos.patience);
    let begun = Instant::now();
    let mut program = Program::new(&chaos.server, &chaos.args, patience)?;
    let server = Server::of(program.start().await?);
    let scene = Arc::new(Scene::new(
        script(chaos, seed),
        chaos.window,
        chaos.database_restarts > 0,
    ));
    let proxy = Arc::new(Proxy::default());
    let websocket = Transport::WebSocket {
        path: "/websc/websocket".to_owned(),
    };
    let targets = [
        target(&proxy, &server.stomp, Transport::Tcp, patience).await?,
        target(&proxy, &server.http, websocket, patience).await?,
    ];
    let mut guests = JoinSet::new();
    for (number, target) in (0..chaos.clients).zip(targets.iter().cycle()) {
        guests.spawn(Guest::new(Arc::clone(&scene), Arc::clone(target), number).run());
    }

    let disasters = async {
        tokio::try_join!(
            async {
                cut(chaos, seed, &scene, &proxy).await;
                Ok(())
            },
            kill(chaos, seed, &scene, &mut program, &server),
            restart_database(chaos, seed, &scene),
        )
    };
    let total = scene.script.total();
    let all_is_said = async {
        disasters.await?;
        scene.reaches(total).await;
        anyhow::Ok(())
    };
    // One who leaves before the end found a fault; then what there is is compared.
    let mut left = Vec::new();
    tokio::select! {
        said = all_is_said => said?,
        Some(guest) = guests.join_next() => left.push(guest.context("a client broke off")?),
        () = stands_still(&scene, patience) => {}
    }

    // A fault may have been found while the server was down.
    if !program.is_running() {
        server.moves(program.start().await?);
    }
    let api = *lock(&server.http);
    let mut store: Vec<Vec<Line>> = Vec::new();
    for room in &scene.script.rooms {
        store.push(line::log(api, room).await?);
    }
    let stored: usize = store.iter().map(Vec::len).sum();
    let expected = (stored as u64).saturating_mul(chaos.clients as u64);
    let all_is_read = async {
        while scene.arrived() < expected {
            sleep(STEP).await;
        }
    };
    tokio::select! {
        () = all_is_read => {}
        Some(guest) = guests.join_next() => left.push(guest.context("a client broke off")?),
        () = stands_still(&scene, patience), if left.is_empty() => {}
        // With a fault found, nobody waits for long.
        () = sleep(Duration::from_secs(1)), if !left.is_empty() => {}
    }
    scene.end();
    while let Some(guest) = guests.join_next().await {
        left.push(guest.context("a client broke off")?);
    }
    left.sort_by_key(|guest| guest.number);
    let outcome = judge(chaos, seed, begun, &scene, &left, &store)?;
    if !outcome.whole && !chaos.tidy {
        let folder = program.keep();
        eprintln!(
            "roomside-bench: the server's data and log are kept in {}",
            folder.display()
        );
    }
    Ok(outcome)
}

/// Where the server listens now.
struct Server {
    http: Upstream,
    stomp: Upstream,
}

impl Server {
    fn of(addresses: Addresses) -> Self {
        Self {
            http: Arc::new(Mutex::new(addresses.http)),
            stomp: Arc::new(Mutex::new(addresses.stomp)),
        }
    }

    fn moves(&self, addresses: Addresses) {
        *lock(&self.http) = addresses.http;
        *lock(&self.stomp) = addresses.stomp;
    }
}

fn script(chaos: &Chaos, seed: u64) -> Script {
    let run = Run::new().name();
    Script {
        seed,
        rooms: (0..chaos.rooms)
            .map(|room| format!("chaos-{run}-{room}"))
            .collect(),
        each: (0..chaos.clients)
            .map(|client| (chaos.messages + chaos.clients - 1 - client) / chaos.clients)
            .collect(),
    }
}

async fn target(
    proxy: &Arc<Proxy>,
    server: &Upstream,
    transport: Transport,
    patience: Duration,
) -> anyhow::Result<Arc<Target>> {
    let address: SocketAddr = proxy.listen(Arc::clone(server)).await?;
    Ok(Arc::new(Target::local(address, transport, patience)))
}

/// Resolves once nothing has moved for as long as patience lasts.
async fn stands_still(scene: &Scene, patience: Duration) {
    let (mut last, mut moved) = ((0, 0), Instant::now());
    while moved.elapsed() < patience {
        let now = (scene.confirmed(), scene.arrived());
        if now != last {
            (last, moved) = (now, Instant::now());
        }
        sleep(STEP).await;
    }
    eprintln!("roomside-bench: nothing moved for {} s", patience.as_secs());
}

fn judge(
    chaos: &Chaos,
    seed: u64,
    begun: Instant,
    scene: &Scene,
    guests: &[Guest],
    store: &[Vec<Line>],
) -> anyhow::Result<Outcome> {
    if guests.len() != chaos.clients {
        bail!("{} of {} clients came home", guests.len(), chaos.clients);
    }
    let confirmed: Vec<_> = guests
        .iter()
        .map(|guest| guest.outbox.confirmed())
        .collect();
    let mut verdict = Verdict::of_store(&scene.script, &confirmed, store);
    for guest in guests {
        verdict.compare(store, &guest.logs);
    }
    let faults: Vec<_> = guests.iter().filter_map(|it| it.fault.as_ref()).collect();
    for fault in &faults {
        eprintln!("roomside-bench: {fault:#}");
    }
    let confirmed = confirmed.iter().sum();
    let done = scene.disasters();
    let planned = Disasters {
        cuts: chaos.cuts,
        kills: chaos.kills,
        database_restarts: chaos.database_restarts,
    };
    let is_done = confirmed == scene.script.total() && done == planned;
    let whole = is_done && verdict.is_whole() && faults.is_empty();
    let results = Results {
        scenario: "chaos",
        load: chaos,
        seed,
        seconds: rounded(begun.elapsed().as_secs_f64(), 1),
        confirmed,
        stored: store.iter().map(Vec::len).sum(),
        arrived: scene.arrived(),
        cuts: done.cuts,
        kills: done.kills,
        database_restarts: done.database_restarts,
        sessions: guests.iter().map(|guest| guest.sessions).sum(),
        resent: guests.iter().map(|guest| guest.outbox.resent()).sum(),
        refused: guests.iter().map(|guest| guest.refused).sum(),
        faults: faults.len(),
        verdict,
    };
    Ok(Outcome {
        line: serde_json::to_string(&results)?,
        whole,
    })
}
