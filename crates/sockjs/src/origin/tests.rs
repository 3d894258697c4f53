use axum::http::Request;
use proptest::prelude::*;

use super::*;

fn request(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri("/echo/info");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn admits(allowed: &AllowedOrigins, origin: &str) -> bool {
    let request = request(&[("host", "chat.example"), ("origin", origin)]);
    allowed.admit(&request).is_ok()
}

fn listed<const N: usize>(patterns: [&str; N]) -> AllowedOrigins {
    AllowedOrigins::patterns(patterns).unwrap()
}

#[test]
fn by_default_only_the_same_host_and_port_are_allowed() {
    let same = AllowedOrigins::default();
    for origin in [
        "http://chat.example",
        "https://chat.example",
        "https://Chat.Example",
        "http://chat.example:80",
        "https://chat.example:443",
    ] {
        assert!(admits(&same, origin), "{origin}");
    }
    for origin in [
        "https://evil.example",
        "https://chat.example:8443",
        "http://chat.example:443",
        "https://chat.example.evil.example",
        "https://evilchat.example",
        "https://user@chat.example",
        "chat.example",
        "://chat.example",
        "https://",
        "null",
        "",
    ] {
        assert!(!admits(&same, origin), "{origin}");
    }
}

#[test]
fn the_port_of_the_host_counts() {
    let same = AllowedOrigins::default();
    let at = |host, origin| {
        same.admit(&request(&[("host", host), ("origin", origin)]))
            .is_ok()
    };
    assert!(at("127.0.0.1:3000", "http://127.0.0.1:3000"));
    assert!(!at("127.0.0.1:3000", "http://127.0.0.1"));
    assert!(!at("127.0.0.1:3000", "http://127.0.0.1:3001"));
    assert!(at("chat.example:80", "http://chat.example"));
    assert!(at("[::1]:3000", "http://[::1]:3000"));
}

#[test]
fn who_sends_no_origin_is_no_browser_and_let_in() {
    let same = AllowedOrigins::default();
    assert_eq!(same.admit(&request(&[])), Ok(()));
    assert_eq!(same.admit(&request(&[("host", "chat.example")])), Ok(()));
}

#[test]
fn a_request_without_a_host_is_of_no_site() {
    let same = AllowedOrigins::default();
    let request = request(&[("origin", "https://chat.example")]);
    assert!(same.admit(&request).is_err());
}

#[test]
fn the_authority_of_http2_stands_for_the_host() {
    let same = AllowedOrigins::default();
    let request = Request::builder()
        .uri("https://chat.example/echo/info")
        .header("origin", "https://chat.example")
        .body(())
        .unwrap();
    assert_eq!(same.admit(&request.into_parts().0), Ok(()));
}

#[test]
fn two_origins_are_none() {
    let same = AllowedOrigins::default();
    let site = "https://chat.example";
    let request = request(&[("host", "chat.example"), ("origin", site), ("origin", site)]);
    assert!(same.admit(&request).is_err());
}

#[test]
fn a_script_of_another_site_is_known_by_its_referer() {
    let allowed = listed(["https://friend.example"]);
    let from = |site, referer: Option<&'static str>| {
        let mut headers = vec![("host", "chat.example"), ("sec-fetch-site", site)];
        headers.extend(referer.map(|referer| ("referer", referer)));
        allowed.admit(&request(&headers)).is_ok()
    };
    assert!(from("cross-site", Some("https://friend.example/page?x#y")));
    assert!(from("cross-site", Some("https://friend.example?x")));
    assert!(!from("cross-site", Some("https://evil.example/")));
    assert!(!from("same-site", Some("https://evil.chat.example/")));
    assert!(!from("cross-site", None));
    for site in ["same-origin", "none"] {
        assert!(from(site, None));
    }
}

#[test]
fn patterns_name_further_sites() {
    let allowed = listed([
        "https://*.example.org",
        "http://localhost:*",
        "HTTPS://One.example:443",
        "null",
    ]);
    for origin in [
        "https://a.example.org",
        "https://a.b.example.org",
        "http://localhost:8080",
        "https://one.example",
        "null",
        "https://chat.example",
    ] {
        assert!(admits(&allowed, origin), "{origin}");
    }
    for origin in [
        "http://a.example.org",
        "https://example.org",
        "https://a.example.org.evil.example",
        "https://a.example.org:8443",
        "https://evil.example/.example.org",
        "https://evil.example:1.example.org",
        "http://localhost",
        "http://localhost.evil.example:8080",
        "https://two.example",
    ] {
        assert!(!admits(&allowed, origin), "{origin}");
    }
}

#[test]
fn any_is_any() {
    for allowed in [AllowedOrigins::any(), listed(["https://a.example", "*"])] {
        assert!(allowed.is_any());
        for origin in ["https://evil.example", "null", "nonsense"] {
            assert!(admits(&allowed, origin), "{origin}");
        }
    }
}

#[test]
fn what_could_match_no_origin_is_no_pattern() {
    for pattern in [
        "",
        "example.org",
        "https://",
        "://example.org",
        "https://example.org/",
        "https://example.org/chat",
        "https://a b",
        "https://a?b",
        "https://user@example.org",
        "https://한국.example",
    ] {
        let error = AllowedOrigins::patterns([pattern]).unwrap_err();
        assert!(error.to_string().contains(pattern), "{error}");
    }
}

#[test]
fn a_list_is_read_as_it_is_shown() {
    for list in ["", "*", "https://a.example", "https://*.a.example,null"] {
        let allowed: AllowedOrigins = list.parse().unwrap();
        assert_eq!(allowed.to_string(), list);
    }
    let spaced: AllowedOrigins = " https://a.example , https://b.example,".parse().unwrap();
    assert_eq!(spaced, listed(["https://a.example", "https://b.example"]));
}

#[test]
fn a_page_tells_browsers_who_may_frame_it() {
    let policy = |allowed: AllowedOrigins| allowed.frame_ancestors();
    assert_eq!(policy(AllowedOrigins::any()), None);
    assert_eq!(
        policy(AllowedOrigins::same()).unwrap(),
        "frame-ancestors 'self'"
    );
    assert_eq!(
        policy(listed([
            "https://*.a.example",
            "null",
            "http://b.example:*"
        ]))
        .unwrap(),
        "frame-ancestors 'self' https://*.a.example http://b.example:*"
    );
}

proptest! {
    /// Against the same rule written with recursion.
    #[test]
    fn wildcards_match_as_the_rule_says(pattern in "[ab:*]{0,8}", origin in "[ab:]{0,10}") {
        fn oracle(pattern: &[u8], origin: &[u8]) -> bool {
            match (pattern, origin) {
                ([], []) => true,
                ([b'*', rest @ ..], _) => {
                    oracle(rest, origin)
                        || matches!(origin, [first, more @ ..] if *first != b':' && oracle(pattern, more))
                }
                ([p, rest @ ..], [o, more @ ..]) => p == o && oracle(rest, more),
                _ => false,
            }
        }
        prop_assert_eq!(
            matches(&pattern, &origin),
            oracle(pattern.as_bytes(), origin.as_bytes())
        );
    }

    #[test]
    fn no_header_panics(origin: String, host: String, referer: String) {
        let _ = is_same(&origin, Some(&host));
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&referer) {
            headers.insert(REFERER, value);
        }
        let _ = referer_origin(&headers);
        let _ = AllowedOrigins::patterns([origin]);
    }
}
