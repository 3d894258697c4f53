use proptest::prelude::*;

use super::*;

#[test]
fn frames_are_written_as_the_protocol_shows_them() {
    assert_eq!(Frame::Open.to_string(), "o");
    assert_eq!(Frame::Heartbeat.to_string(), "h");
    assert_eq!(messages(["message"]), r#"a["message"]"#);
    assert_eq!(messages(["a", "b"]), r#"a["a","b"]"#);
    assert_eq!(messages([]), "a[]");
    assert_eq!(close(3000, "Go away!"), r#"c[3000,"Go away!"]"#);
    assert_eq!(client_messages(["a", "b"]), r#"["a","b"]"#);
}

#[test]
fn a_stomp_frame_looks_as_it_does_from_spring() {
    assert_eq!(
        messages(["CONNECTED\nversion:1.1\nheart-beat:0,0\n\n\0"]),
        r#"a["CONNECTED\nversion:1.1\nheart-beat:0,0\n\n\u0000"]"#
    );
}

/// The range that the protocol's own test suite checks, character by character.
#[test]
fn every_character_of_the_escaping_rule_is_escaped_and_no_other() {
    for character in (0..=0xffff).filter_map(char::from_u32) {
        let code = u32::from(character);
        let ruled = matches!(code,
            0..=0x1f | 0x200c..=0x200f | 0x2028..=0x202f | 0x2060..=0x206f | 0xfff0..=0xffff);
        let text = character.to_string();
        let expected = match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            _ if ruled => format!("\\u{code:04x}"),
            _ => text.clone(),
        };
        assert_eq!(messages([text.as_str()]), format!("a[\"{expected}\"]"));
    }
}

#[test]
fn what_lies_beyond_the_basic_plane_is_two_lower_case_surrogates() {
    assert_eq!(messages(["x😀y"]), r#"a["x\ud83d\ude00y"]"#);
}

#[test]
fn clients_send_an_array_or_one_string() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.decode(r#"["a"]"#).unwrap(), ["a"]);
    assert_eq!(decoder.decode(r#"["a","b",""]"#).unwrap(), ["a", "b", ""]);
    assert_eq!(decoder.decode(r#""a""#).unwrap(), ["a"]);
    assert_eq!(
        decoder
            .decode(" [ \"a\\u0041\\n\\/\" ,\t\"한\"\r\n] ")
            .unwrap(),
        ["aA\n/", "한"]
    );
}

#[test]
fn an_empty_text_and_an_empty_array_hold_no_message() {
    for text in ["", "[]", "[ ]"] {
        assert_eq!(Decoder::new().decode(text), Ok(Vec::new()), "{text:?}");
    }
}

#[test]
fn broken_json_is_an_error() {
    for text in [
        "[\"a",
        "[\"a\"",
        "[\"a\",]",
        "[,\"a\"]",
        "[\"a\"]x",
        "[1]",
        "[null]",
        "[[\"a\"]]",
        "{}",
        "a",
        " ",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "[\"\n\"]",
        "\"\\u한국\"",
        "[",
        "]",
        "\"a\"\"b\"",
    ] {
        assert_eq!(
            Decoder::new().decode(text),
            Err(FrameError::Broken),
            "{text:?}"
        );
    }
}

#[test]
fn an_array_may_hold_max_messages_and_not_one_more() {
    let full = client_messages(std::iter::repeat_n("", MAX_MESSAGES));
    assert_eq!(Decoder::new().decode(&full).unwrap().len(), MAX_MESSAGES);
    let over = client_messages(std::iter::repeat_n("", MAX_MESSAGES + 1));
    assert_eq!(Decoder::new().decode(&over), Err(FrameError::TooMany));
}

#[test]
fn an_emoji_cut_in_half_between_two_messages_comes_out_whole() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.decode(r#"["one\ud83d"]"#).unwrap(), ["one"]);
    assert_eq!(decoder.decode(r#"["\ude00two"]"#).unwrap(), ["😀two"]);
    assert_eq!(
        decoder.decode(r#"["\ud83d","","\ude00"]"#).unwrap(),
        ["", "", "😀"]
    );
}

#[test]
fn half_an_emoji_alone_is_replaced() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.decode(r#"["\ude00"]"#).unwrap(), ["\u{fffd}"]);
    assert_eq!(decoder.decode(r#"["a\ud83d"]"#).unwrap(), ["a"]);
    assert_eq!(decoder.decode(r#"["b"]"#).unwrap(), ["\u{fffd}b"]);
    assert_eq!(
        decoder.decode(r#"["\ud83d\ud83d\ude00\n"]"#).unwrap(),
        ["\u{fffd}😀\n"]
    );
    assert_eq!(
        Frame::parse(r#"a["x\ud83d"]"#).unwrap(),
        Frame::Messages(vec!["x\u{fffd}".into()])
    );
}

#[test]
fn clients_read_every_frame_of_a_server() {
    assert_eq!(Frame::parse("o").unwrap(), Frame::Open);
    assert_eq!(Frame::parse("h").unwrap(), Frame::Heartbeat);
    assert_eq!(
        Frame::parse(r#"m"a""#).unwrap(),
        Frame::Messages(vec!["a".into()])
    );
    assert_eq!(
        Frame::parse(r#"c[ 1002 , "" ]"#).unwrap(),
        Frame::Close {
            code: 1002,
            reason: String::new()
        }
    );
    for text in [
        "",
        "x",
        "oo",
        "h ",
        "a",
        "a\"x\"",
        "m[\"x\"]",
        "c",
        "c[]",
        "c[1]",
        "c[-1,\"\"]",
        "c[70000,\"\"]",
        "c[,\"\"]",
        "c[1,\"\"",
        "한",
    ] {
        assert_eq!(Frame::parse(text), Err(FrameError::Broken), "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(texts in proptest::collection::vec(any::<String>(), 0..8)) {
        let frame = Frame::Messages(texts.clone());
        prop_assert_eq!(Frame::parse(&frame.to_string()), Ok(frame));
        let sent = client_messages(texts.iter().map(String::as_str));
        prop_assert_eq!(Decoder::new().decode(&sent), Ok(texts));
    }

    #[test]
    fn what_is_written_is_json(texts in proptest::collection::vec(any::<String>(), 0..8)) {
        let sent = client_messages(texts.iter().map(String::as_str));
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&sent).unwrap(), texts);
    }

    #[test]
    fn a_close_frame_is_read_back(code: u16, reason: String) {
        let frame = Frame::Close { code, reason };
        prop_assert_eq!(Frame::parse(&frame.to_string()), Ok(frame));
    }

    /// Whole strings of UTF-16 units, cut anywhere, lone halves included: joined again they are
    /// what a lossy decoder makes of the whole, but for a half that still waits at the end.
    #[test]
    fn any_cut_of_utf16_is_joined(units: Vec<u16>, cut in 0..64usize) {
        let cut = cut.min(units.len());
        let mut decoder = Decoder::new();
        let mut joined = String::new();
        for part in [&units[..cut], &units[cut..]] {
            let escaped: String = part.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            joined += &decoder.decode(&format!("[\"{escaped}\"]")).unwrap().concat();
        }
        let mut whole = String::from_utf16_lossy(&units);
        if matches!(units.last(), Some(0xd800..=0xdbff)) {
            whole.pop();
        }
        prop_assert_eq!(joined, whole);
    }

    #[test]
    fn nothing_that_a_peer_sends_panics(text: String, json in "[\\[\\]\"\\\\,u0-9a-fd8 한]{0,40}") {
        for text in [text, json] {
            let ours = Decoder::new().decode(&text);
            let _ = Frame::parse(&text);
            // The oracle is stricter on lone surrogates only; what it takes, we take alike.
            if let Ok(texts) = serde_json::from_str::<Vec<String>>(&text) {
                prop_assert_eq!(ours, Ok(texts));
            }
        }
    }
}
