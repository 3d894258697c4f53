use std::time::Duration;

use clap::CommandFactory as _;
use store::Keep;

use super::environment::value;
use super::*;

fn load(args: &[&str]) -> Result<Config, ConfigError> {
    let args = std::iter::once("roomside").chain(args.iter().copied());
    Config::from_cli(Cli::try_parse_from(args).unwrap())
}

fn file(text: &str) -> tempfile::NamedTempFile {
    use std::io::Write as _;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let file = file("listen = \"127.0.0.1:4000\"\nleave_after = 3\n");
    let path = file.path().to_str().unwrap();
    let config = load(&["--config", path, "--listen", "127.0.0.1:5000"]).unwrap();
    assert_eq!(config.listen.port(), 5000);
    assert_eq!(config.leave_after, 3);
    assert_eq!(config.max_frame, 65_536);
}

#[test]
fn a_list_is_a_list_or_a_text_with_commas_in_a_file() {
    for (text, parts) in [
        (r#"["https://a.example", "https://b.example"]"#, 2),
        (r#""https://a.example, https://b.example,""#, 2),
        (r#""*""#, 1),
        (r#""""#, 0),
    ] {
        let file = file(&format!("allowed_origins = {text}\n"));
        let config = load(&["--config", file.path().to_str().unwrap()]).unwrap();
        assert_eq!(config.allowed_origins.len(), parts, "{text}");
    }
    let file = file("shared_queues = 3\n");
    let error = load(&["--config", file.path().to_str().unwrap()]).unwrap_err();
    assert!(error.to_string().contains("with commas"), "{error}");
}

#[test]
fn what_is_text_is_taken_from_the_environment_as_it_is_written() {
    let defaults = serde_json::to_value(Config::default()).unwrap();
    for name in NAMES {
        let number = match &defaults[name] {
            serde_json::Value::Number(_) | serde_json::Value::Bool(_) => true,
            serde_json::Value::Null => name.starts_with("keep_"),
            _ => false,
        };
        for text in ["2026", "007", "1.50", "true", "{a=1}"] {
            let taken = value(name, text);
            assert_eq!(taken.as_str() == Some(text), !number, "{name}={text}");
        }
        assert_eq!(value(name, "\"a b\"").as_str(), Some("a b"), "{name}");
    }
    assert_eq!(value("data", "[a]").as_str(), Some("[a]"));
    assert_eq!(value("listen", "[::1]:80").as_str(), Some("[::1]:80"));
    let list = value("shared_queues", "[/queue/a, /queue/b]");
    assert_eq!(list.as_array().map(<[_]>::len), Some(2));
}

#[test]
fn a_misspelt_setting_is_named() {
    let file = file("lisen = \"127.0.0.1:4000\"\n");
    let error = load(&["--config", file.path().to_str().unwrap()]).unwrap_err();
    assert!(error.to_string().contains("lisen"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = load(&["--config", "/nowhere/roomside.toml"]).unwrap_err();
    assert!(
        error.to_string().contains("/nowhere/roomside.toml"),
        "{error}"
    );
}

#[test]
fn the_database_is_a_file_or_a_server() {
    let database = |url| load(&["--database-url", url]).and_then(|config| config.database());
    assert_eq!(database("sqlite:a/b.db").unwrap(), "a/b.db".into());
    let server = "postgres://host/db";
    assert_eq!(
        database(server).unwrap(),
        Location::Postgres(server.to_owned())
    );
    for url in ["sqlite:", "mysql://me:secret@host/db"] {
        let error = database(url).unwrap_err();
        assert!(matches!(error, ConfigError::Database(_)), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert_eq!(
        load(&["--data", "d"]).unwrap().database().unwrap(),
        "d/roomside.db".into()
    );
}

#[test]
fn a_certificate_and_its_key_come_together() {
    let error = load(&["--tls-cert", "cert.pem"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tls_cert is set and tls_key is not: TLS needs both"
    );
    let error = load(&["--tls-key", "key.pem"]).unwrap_err();
    assert!(error.to_string().starts_with("tls_key is set"), "{error}");
    let config = load(&["--tls-cert", "cert.pem", "--tls-key", "key.pem"]).unwrap();
    let files = (Path::new("cert.pem"), Path::new("key.pem"));
    assert_eq!(config.tls().unwrap(), Some(files));
    assert_eq!(load(&[]).unwrap().tls().unwrap(), None);
}

#[test]
fn limits_have_a_least_value_at_its_edge() {
    assert!(load(&["--max-frame", "32768"]).is_ok());
    let error = load(&["--max-frame", "32767"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "max_frame is 32767, and must be at least 32768"
    );
    assert!(load(&["--max-waiting-total", "524288"]).is_ok());
    let error = load(&["--max-waiting-total", "524287"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "max_waiting_total is 524287, and must be at least 524288"
    );
    for flag in [
        "--connect-timeout",
        "--max-pending",
        "--max-pending-bytes",
        "--max-subscribe-rate",
        "--max-subscribe-burst",
    ] {
        assert!(load(&[flag, "1"]).is_ok());
        let error = load(&[flag, "0"]).unwrap_err();
        assert!(error.to_string().ends_with("at least 1"), "{error}");
    }
}

#[test]
fn every_setting_has_its_name_in_the_list() {
    let value = serde_json::to_value(Config::default()).unwrap();
    let names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    let mut listed: Vec<_> = NAMES.iter().map(ToString::to_string).collect();
    listed.sort();
    let mut names = names;
    names.sort();
    assert_eq!(names, listed);
}

#[test]
fn the_site_is_found_beside_the_program_or_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let program = root.path().join("release/roomside");
    std::fs::create_dir_all(root.path().join("release")).unwrap();
    assert_eq!(site_near(&program), None);
    std::fs::create_dir_all(root.path().join("site")).unwrap();
    assert_eq!(site_near(&program), Some(root.path().join("site")));
    std::fs::create_dir_all(root.path().join("release/site")).unwrap();
    assert_eq!(site_near(&program), Some(root.path().join("release/site")));
}

#[test]
fn there_are_no_more_rooms_than_the_log_has_numbers_for() {
    assert!(load(&["--max-rooms", "8388607"]).is_ok());
    let error = load(&["--max-rooms", "8388608"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "max_rooms is 8388608, and may be at most 8388607"
    );
}

#[test]
fn a_frame_has_a_greatest_size_at_its_edge() {
    let frame = |octets: usize| {
        let more = (octets.saturating_mul(2)).to_string();
        let mut flags = vec!["--max-frame".to_owned(), octets.to_string()];
        for flag in ["--max-waiting", "--max-waiting-total", "--max-queue"] {
            flags.extend([flag.to_owned(), more.clone()]);
        }
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        load(&flags)
    };
    let config = frame(1 << 30).unwrap();
    assert_eq!(config.sockjs().unwrap().max_message, 2 << 30);
    for octets in [(1 << 30) + 1, usize::MAX / 2 + 1, usize::MAX] {
        assert_eq!(
            frame(octets).unwrap_err().to_string(),
            format!("max_frame is {octets}, and may be at most 1073741824")
        );
    }
}

#[test]
fn times_have_a_greatest_value_at_its_edge() {
    assert!(load(&["--leave-after", "31536000"]).is_ok());
    for flag in ["--leave-after", "--connect-timeout"] {
        let error = load(&[flag, "31536001"]).unwrap_err();
        assert!(error.to_string().contains("at most 31536000"), "{error}");
    }
}

#[test]
fn what_a_room_keeps_is_everything_or_something() {
    assert!(load(&[]).unwrap().keep().is_everything());
    let keep = load(&["--keep-days", "30", "--keep-messages", "1"]).unwrap();
    let expected = Keep {
        time: Some(Duration::from_secs(30 * 24 * 60 * 60)),
        messages: Some(1),
    };
    assert_eq!(keep.keep(), expected);
    let ages = u64::MAX.to_string();
    assert!(load(&["--keep-days", &ages]).unwrap().keep().time.is_some());
    for (flag, name) in [
        ("--keep-days", "keep_days"),
        ("--keep-messages", "keep_messages"),
    ] {
        let error = load(&[flag, "0"]).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn the_help_says_the_defaults_that_hold() {
    let defaults = serde_json::to_value(Config::default()).unwrap();
    let command = Cli::command();
    for name in NAMES {
        let flag = command.get_arguments().find(|flag| flag.get_id() == name);
        let help = flag.unwrap().get_help().unwrap().to_string();
        let said = help
            .rsplit_once("[default: ")
            .and_then(|(_, rest)| rest.strip_suffix(']'));
        let holds = match &defaults[name] {
            serde_json::Value::String(text) => Some(text.clone()),
            value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => {
                Some(value.to_string())
            }
            // Said in words, where there is anything to say.
            _ => None,
        };
        if let Some(holds) = holds {
            assert_eq!(
                said.map(|said| said.trim_start_matches("./")),
                Some(&*holds),
                "{name}"
            );
        }
    }
}
