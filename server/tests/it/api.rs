//! The JSON interface.

use crate::support::{Running, http};
use chat::{MessagePage, Room};

async fn get<T: serde::de::DeserializeOwned>(server: &Running, path: &str) -> T {
    let (status, head, body) = http(server.address, &format!("GET {path} HTTP/1.1"), "").await;
    assert_eq!(status, 200, "{path}: {body}");
    assert!(head.contains("content-type: application/json"), "{head}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn there_is_a_lobby_and_a_made_room_joins_it() {
    let server = Running::start().await;
    let rooms: Vec<Room> = get(&server, "/api/rooms").await;
    assert_eq!(
        rooms
            .iter()
            .map(|room| room.room_id.as_str())
            .collect::<Vec<_>>(),
        ["lobby"]
    );

    let post = "POST /api/rooms HTTP/1.1\r\ncontent-type: application/json";
    let (status, head, body) = http(server.address, post, r#"{"name":" 우리 방 "}"#).await;
    let made: Room = serde_json::from_str(&body).unwrap();
    assert_eq!((status, made.name.as_str()), (201, "우리 방"));
    assert!(
        head.contains(&format!("location: /api/rooms/{}", made.room_id)),
        "{head}"
    );

    let rooms: Vec<Room> = get(&server, "/api/rooms").await;
    assert_eq!(rooms.len(), 2);
    assert!(rooms.contains(&made));
    assert_eq!(
        get::<Room>(&server, &format!("/api/rooms/{}", made.room_id)).await,
        made
    );
}

#[tokio::test]
async fn a_room_comes_into_being_by_being_entered_and_counts_its_messages() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("new", "철수", "first").await;
    client.say("new", "철수", "second").await;
    let room: Room = get(&server, "/api/rooms/new").await;
    assert_eq!((room.name.as_str(), room.last_seq.0), ("new", 2));
}

#[tokio::test]
async fn messages_come_in_pages_ascending() {
    let server = Running::start().await;
    let mut client = server.client().await;
    for number in 1..=10 {
        client.say("lobby", "철수", &format!("m{number}")).await;
    }
    for (query, expected) in [
        ("", (1..=10).collect::<Vec<_>>()),
        ("?limit=3", vec![8, 9, 10]),
        ("?after=7", vec![8, 9, 10]),
        ("?after=2&limit=2", vec![3, 4]),
        ("?before=3", vec![1, 2]),
        ("?before=9&limit=2", vec![7, 8]),
        ("?after=10", vec![]),
        ("?limit=0", vec![]),
        // A place that is not there, and one of another room, is a number like any other.
        ("?after=18446744073709551615", vec![]),
        ("?before=18446744073709551615&limit=1", vec![10]),
        ("?around=18446744073709551615&limit=2", vec![9, 10]),
        ("?before=0", vec![]),
        ("?around=0&limit=2", vec![1, 2]),
    ] {
        let page: MessagePage = get(&server, &format!("/api/rooms/lobby/messages{query}")).await;
        let seqs: Vec<_> = page.messages.iter().map(|line| line.seq.0).collect();
        assert_eq!(seqs, expected, "{query}");
    }
    let empty: MessagePage = get(&server, "/api/rooms/nobody-was-here/messages").await;
    assert!(empty.messages.is_empty());
}

#[tokio::test]
async fn wrong_questions_get_a_problem() {
    let server = Running::start().await;
    for (path, status, code) in [
        ("/api/rooms/unknown", 404, "room_unknown"),
        ("/api/rooms/a%20b", 422, "room_id_invalid"),
        ("/api/rooms/a%20b/messages", 422, "room_id_invalid"),
        (
            "/api/rooms/lobby/messages?after=1&before=2",
            400,
            "query_invalid",
        ),
        ("/api/rooms/lobby/messages?after=x", 400, "query_invalid"),
        ("/api/rooms/lobby/messages?afer=1", 400, "query_invalid"),
        ("/api/rooms/lobby/messages?before=-1", 400, "query_invalid"),
        ("/api/rooms/lobby/messages?around=1.5", 400, "query_invalid"),
        ("/api/rooms/lobby/messages?limit=-1", 400, "query_invalid"),
        (
            "/api/rooms/lobby/messages?after=18446744073709551616",
            400,
            "query_invalid",
        ),
    ] {
        let (got, _, body) = http(server.address, &format!("GET {path} HTTP/1.1"), "").await;
        let problem: chat::Problem = serde_json::from_str(&body).expect(path);
        assert_eq!((got, &*problem.code), (status, code), "{path}");
    }
}

#[tokio::test]
async fn whatever_is_wrong_below_api_has_one_shape_in_the_visitors_language() {
    let server = Running::start().await;
    let big = format!(r#"{{"name":"{}"}}"#, "a".repeat(17 * 1024));
    let json = "\r\ncontent-type: application/json";
    for (request, body, status, code) in [
        ("GET /api".to_owned(), "", 404, "path_unknown"),
        ("GET /api/".to_owned(), "", 404, "path_unknown"),
        ("GET /api/nope".to_owned(), "", 404, "path_unknown"),
        ("POST /api/rooms/a/b".to_owned(), "", 404, "path_unknown"),
        (
            "DELETE /api/rooms".to_owned(),
            "",
            405,
            "method_not_allowed",
        ),
        (
            "PUT /api/measure/x".to_owned(),
            "",
            405,
            "method_not_allowed",
        ),
        ("GET /api/rooms/%ff".to_owned(), "", 400, "request_invalid"),
        (
            "GET /api/search?limit=abc".to_owned(),
            "",
            400,
            "query_invalid",
        ),
        (
            "GET /api/search?q=ab&before=x".to_owned(),
            "",
            400,
            "query_invalid",
        ),
        (
            "GET /api/rooms/lobby/messages?limit=abc".to_owned(),
            "",
            400,
            "query_invalid",
        ),
        ("POST /api/rooms".to_owned(), "{}", 415, "body_malformed"),
        (format!("POST /api/rooms{json}"), "{", 400, "body_malformed"),
        (
            format!("POST /api/rooms{json}"),
            "{}",
            422,
            "body_malformed",
        ),
        (
            format!("POST /api/rooms{json}"),
            &big,
            413,
            "body_malformed",
        ),
    ] {
        for (language, korean) in [("ko", true), ("en", false)] {
            let (line, more) = request.split_once("\r\n").unwrap_or((&request, ""));
            let asked = format!("{line} HTTP/1.1\r\naccept-language: {language}\r\n{more}");
            let (got, head, text) = http(server.address, asked.trim_end(), body).await;
            let problem: chat::Problem = serde_json::from_str(&text).expect(&request);
            assert_eq!((got, &*problem.code), (status, code), "{request}");
            assert!(head.contains("content-type: application/json"), "{head}");
            assert_eq!(!problem.message.is_ascii(), korean, "{}", problem.message);
            assert_eq!(head.contains("\nallow: "), status == 405, "{head}");
        }
    }
    let (status, head, body) = http(server.address, "HEAD /api/nope HTTP/1.1", "").await;
    assert_eq!((status, &*body), (404, ""), "{head}");
}

#[tokio::test]
async fn operators_can_ask_how_it_is() {
    let server = Running::start().await;
    for path in ["/livez", "/readyz"] {
        let (status, _, body) = http(server.address, &format!("GET {path} HTTP/1.1"), "").await;
        assert_eq!((status, &*body), (200, "ok\n"), "{path}");
    }
}

#[tokio::test]
async fn pages_are_rendered_here_with_the_history_in_the_visitors_language() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("lobby", "철수", "<b>안녕</b>").await;
    for (language, notice) in [("ko", "메시지를 보내려면"), ("en", "JavaScript")] {
        let request = format!("GET /rooms/lobby HTTP/1.1\r\naccept-language: {language}");
        let (status, head, page) = http(server.address, &request, "").await;
        assert_eq!(status, 200);
        assert!(
            head.contains("content-security-policy: default-src 'none'; script-src 'self' 'nonce-")
        );
        assert!(
            page.contains(&format!("<html lang=\"{language}\"")),
            "{page:.200}"
        );
        assert!(
            page.contains("&lt;b&gt;안녕&lt;/b&gt;"),
            "the history, escaped"
        );
        assert!(page.contains("<noscript>"));
        let _ = notice;
    }
    let (status, _, _) = http(server.address, "GET /no/such/page HTTP/1.1", "").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_messages_address_shows_it_among_its_neighbours_or_is_not_found() {
    let server = Running::start().await;
    let mut client = server.client().await;
    for line in 1..=60 {
        client.say("far", "철수", &format!("줄 {line}.")).await;
    }
    let get = async |path: &str| http(server.address, &format!("GET {path} HTTP/1.1"), "").await;
    let (status, _, page) = get("/rooms/far/m/30").await;
    assert_eq!(status, 200);
    for there in [
        "aria-current=\"true\"",
        "줄 5.",
        "줄 30.",
        "줄 54.",
        "/rooms/far/m/54",
    ] {
        assert!(page.contains(there), "{there}");
    }
    for not_there in ["줄 4.", "줄 55."] {
        assert!(!page.contains(not_there), "{not_there}");
    }
    client.say("near", "철수", "하나").await;
    for path in [
        "/rooms/far/m/0",
        "/rooms/far/m/-1",
        "/rooms/far/m/61",
        "/rooms/near/m/30",
        "/rooms/nobody-was-here/m/1",
        "/rooms/far/m/x",
        "/rooms/far/m/9223372036854775808",
        "/rooms/far/m/18446744073709551615",
        "/rooms/far/m/99999999999999999999999",
        "/rooms/a%20b/m/1",
    ] {
        let (status, _, page) = get(path).await;
        assert_eq!(status, 404, "{path}");
        assert!(page.contains("role=\"alert\""), "{path}");
    }
}

#[tokio::test]
async fn the_front_end_is_served_and_asked_for_again_each_time() {
    let server = Running::start().await;
    let get = "GET /pkg/roomside.js HTTP/1.1";
    let (status, head, body) = http(server.address, get, "").await;
    assert_eq!((status, &*body), (200, "export {};\n"));
    assert!(head.contains("content-type: text/javascript"), "{head}");
    assert!(head.contains("cache-control: no-cache"), "{head}");
    let since = head
        .split("last-modified: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let again = format!("{get}\r\nif-modified-since: {since}");
    let (status, _, _) = http(server.address, &again, "").await;
    assert_eq!(status, 304);
    let (status, _, _) = http(server.address, "GET /pkg/../data/roomside.db HTTP/1.1", "").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_language_switch_keeps_a_cookie_and_goes_back() {
    let server = Running::start().await;
    let (status, head, _) = http(server.address, "GET /lang/ko?to=/rooms/lobby HTTP/1.1", "").await;
    assert_eq!(status, 303);
    assert!(head.contains("location: /rooms/lobby"), "{head}");
    assert!(head.contains("set-cookie: lang=ko;"), "{head}");
    let (status, _, _) = http(server.address, "GET /lang/xx HTTP/1.1", "").await;
    assert_eq!(status, 404);
}

/// The value of a header.
fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {head}"))
}

#[tokio::test]
async fn nobody_is_sent_what_he_has() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("lobby", "철수", "하나").await;
    for path in [
        "/api/rooms",
        "/api/rooms/lobby",
        "/api/rooms/lobby/messages",
        "/api/search?q=ab",
    ] {
        let get = format!("GET {path} HTTP/1.1");
        let (_, head, body) = http(server.address, &get, "").await;
        let tag = header(&head, "etag");
        assert_eq!(header(&head, "cache-control"), "no-cache");
        let again = format!("{get}\r\nif-none-match: \"x\", {tag}");
        let (status, head, empty) = http(server.address, &again, "").await;
        assert_eq!((status, &*empty), (304, ""), "{path}");
        assert_eq!(header(&head, "etag"), tag);
        let other = format!("{get}\r\nif-none-match: W/\"0\"");
        let (status, _, same) = http(server.address, &other, "").await;
        assert_eq!((status, same), (200, body), "{path}");
    }
    let get = "GET /api/rooms/lobby/messages HTTP/1.1";
    let (_, head, _) = http(server.address, get, "").await;
    let tag = header(&head, "etag").to_owned();
    client.say("lobby", "철수", "둘").await;
    let (status, head, _) = http(
        server.address,
        &format!("{get}\r\nif-none-match: {tag}"),
        "",
    )
    .await;
    assert_eq!(status, 200);
    assert_ne!(header(&head, "etag"), tag);
    // A refusal is called nothing.
    let (_, head, _) = http(server.address, "GET /api/rooms/nobody HTTP/1.1", "").await;
    assert!(!head.contains("etag"), "{head}");
}

#[tokio::test]
async fn pages_of_messages_are_compressed_where_that_is_understood() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("lobby", "철수", &"가".repeat(1_000)).await;
    let head_of = async |encodings: &str| {
        let get =
            format!("HEAD /api/rooms/lobby/messages HTTP/1.1\r\naccept-encoding: {encodings}");
        let (status, head, _) = http(server.address, &get, "").await;
        assert_eq!(status, 200);
        head
    };
    for encoding in ["br", "gzip"] {
        let head = head_of(encoding).await;
        assert_eq!(header(&head, "content-encoding"), encoding);
        assert!(header(&head, "etag").starts_with("W/"));
        assert!(header(&head, "vary").contains("accept-encoding"));
    }
    assert!(!head_of("identity").await.contains("content-encoding"));
}
