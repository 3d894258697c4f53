//! `JSONEncoding`.

use crate::support::{app, open, poll, send, session, suite};

fn is_escaped_by_servers(unit: u16) -> bool {
    matches!(unit,
        0..=0x1f | 0x200c..=0x200f | 0x2028..=0x202f | 0x2060..=0x206f | 0xfff0..=0xffff)
}

#[tokio::test]
async fn test_xhr_server_encodes() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let escaped: String = (255..=u16::MAX)
        .filter(|unit| is_escaped_by_servers(*unit))
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let text: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
    send(&app, &session, &format!("[\"{text}\"]")).await;
    assert_eq!(poll(&app, &session).await, format!("a[\"{escaped}\"]\n"));
}

/// More than clients escape: every unit of UTF-16 but for lone surrogates.
#[tokio::test]
async fn test_xhr_server_decodes() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let escaped: String = (0..=u16::MAX)
        .filter(|unit| !(0xd800..=0xdfff).contains(unit))
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    // In pieces that a message may have.
    for piece in escaped.as_bytes().chunks(60_000) {
        let piece = str::from_utf8(piece).unwrap();
        send(&app, &session, &format!("[\"{piece}\"]")).await;
        let answer = poll(&app, &session).await;
        let echoed: Vec<String> = serde_json::from_str(&answer[1..]).unwrap();
        let sent: String = serde_json::from_str(&format!("\"{piece}\"")).unwrap();
        assert_eq!(echoed, [sent]);
    }
}

#[tokio::test]
async fn an_emoji_that_was_cut_in_half_between_two_posts_arrives_whole() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    send(&app, &session, r#"["one\ud83d"]"#).await;
    // What is refused in between does not spoil it.
    let path = format!("{session}/xhr_send");
    let answer = crate::support::post(&app, &path, r#"["\ude00","#).await;
    assert!(answer.body.contains("Broken JSON encoding."));
    send(&app, &session, r#"["\ude00two"]"#).await;
    assert_eq!(
        poll(&app, &session).await,
        "a[\"one\",\"\\ud83d\\ude00two\"]\n"
    );
}
