//! How many messages a second the log takes, and how long one waits for its answer.
//!
//! ```sh
//! cargo bench -p roomside-store                                  # SQLite, in the folder target
//! cargo bench -p roomside-store -- "$(script/postgres start --durable /tmp/pg)"
//! ```
//!
//! In place of the URL it may be `sqlite`; a further argument is the seconds of each measurement. PostgreSQL's log is made in a schema that
//! stays behind.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chat::{Kind, MessageId, RoomId, Sender, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::{Entry, Location, Options, Pending, Store};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Publishers, and how many messages each has on the way at a time.
const LOADS: [(usize, usize); 6] = [(1, 1), (16, 1), (64, 1), (1, 16), (16, 16), (64, 16)];

const ROOMS: usize = 8;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let url = arguments.next().filter(|url| url != "sqlite");
    let seconds = arguments.next().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(5));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("publishers  window  messages/s  per commit  wait p50  wait p99  a sync alone");
    for (publishers, window) in LOADS {
        let name = format!("bench_{}", Uuid::now_v7().simple());
        let location = match &url {
            None => Location::from(folder.path().join(name)),
            Some(url) => schema(url, &name).await,
        };
        let sync = sync_alone(folder.path());
        let (store, mut journal) = Store::open(Options::new(location)).await.unwrap();
        let listener = tokio::spawn(async move { while journal.recv().await.is_some() {} });
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..publishers {
            tasks.spawn(publish(store.clone(), number, window, begun + time));
        }
        let mut waits: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
        let took = begun.elapsed();
        waits.sort_unstable();
        let stats = store.stats();
        println!(
            "{publishers:10}  {window:6}  {:10.0}  {:10.1}  {:8.1?}  {:8.1?}  {sync:.1?}",
            waits.len() as f64 / took.as_secs_f64(),
            stats.messages as f64 / stats.commits as f64,
            waits[waits.len() / 2],
            waits[waits.len() * 99 / 100],
        );
        store.close().await;
        listener.await.unwrap();
    }
}

/// Keeps so many messages on the way until it is time, and says how long each took.
async fn publish(store: Store, number: usize, window: usize, until: Instant) -> Vec<Duration> {
    let room = RoomId::parse(&format!("r{}", number % ROOMS)).unwrap();
    let sender = Sender::parse(&format!("p{number}")).unwrap();
    let mut waits = Vec::new();
    let mut flying: std::collections::VecDeque<(Instant, Pending)> = Default::default();
    loop {
        while flying.len() < window && Instant::now() < until {
            let begun = Instant::now();
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let entry = Entry {
                room: room.clone(),
                kind: Kind::Talk,
                sender: sender.clone(),
                message: "m".repeat(100),
                id: MessageId(Uuid::now_v7()),
                author: None,
                change: None,
                at: Timestamp::from_millis(u64::try_from(now.as_millis()).unwrap()),
                create_room: true,
            };
            flying.push_back((begun, store.submit(entry).await.unwrap()));
        }
        let Some((begun, pending)) = flying.pop_front() else {
            return waits;
        };
        pending.await.unwrap();
        waits.push(begun.elapsed());
    }
}

/// What the disk takes to sync one page that was written after the last one.
fn sync_alone(folder: &Path) -> Duration {
    use std::io::Write as _;
    let mut file = tempfile::tempfile_in(folder).unwrap();
    let mut times: Vec<_> = (0..50)
        .map(|_| {
            file.write_all(&[1; 4_096]).unwrap();
            let begun = Instant::now();
            file.sync_data().unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

async fn schema(url: &str, name: &str) -> Location {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    let sign = if url.contains('?') { '&' } else { '?' };
    Location::Postgres(format!("{url}{sign}options[search_path]={name}"))
}
