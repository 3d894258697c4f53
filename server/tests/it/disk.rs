//! A log that cannot be written for a while.

use chat::destination::{X_CODE, X_RETRY};
use sqlx::{Connection as _, SqliteConnection};

use crate::http::http;
use crate::program::Program;
use crate::support::{Client, in_time};

#[tokio::test]
async fn a_locked_log_is_said_with_when_to_try_again_and_heals_by_itself() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "before").await;

    let path = root.path().join("data/roomside.db");
    let mut other = SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    client
        .send_to_room("TALK", "lobby", "철수", "too soon", "receipt:r\n")
        .await;
    let error = client.error().await;
    let header = |name| error.headers.get(name).map(ToString::to_string);
    assert_eq!(header(X_CODE).as_deref(), Some("not_stored"));
    assert_eq!(header(X_RETRY).as_deref(), Some("2"));
    assert_eq!(header("receipt-id").as_deref(), Some("r"));

    let (status, _, body) = http(program.address, "GET /readyz HTTP/1.1", "").await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("the log cannot be written"), "{body}");
    // Those who read go on.
    let (status, _, body) = http(
        program.address,
        "GET /api/rooms/lobby/messages HTTP/1.1",
        "",
    )
    .await;
    assert_eq!(status, 200);
    assert!(body.contains("before"), "{body}");

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    in_time(async {
        while http(program.address, "GET /readyz HTTP/1.1", "").await.0 != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "after").await;
    client.follow("lobby", "x-since:0\n").await;
    assert_eq!(client.lines(2).await, ["1 철수: before", "2 철수: after"]);
    program.kill();
}
