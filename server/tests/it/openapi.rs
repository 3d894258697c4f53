//! The description of the JSON interface says what is answered.

use crate::support::{Client, Running, http};
use serde_json::Value;

const ROUTES: &str = include_str!("../../src/router.rs");

async fn description(server: &Running) -> Value {
    let get = "GET /api/openapi.json HTTP/1.1";
    let (status, head, body) = http(server.address, get, "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/json"), "{head}");
    serde_json::from_str(&body).unwrap()
}

/// Follows a reference, if it is one.
fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(path) => {
            let found = document.pointer(path.strip_prefix('#').unwrap());
            resolve(
                document,
                found.unwrap_or_else(|| panic!("{path} is missing")),
            )
        }
        None => schema,
    }
}

/// Checks that every field of `answer` is described, and every one that is required is there.
fn check(document: &Value, schema: &Value, answer: &Value, place: &str) {
    let schema = resolve(document, schema);
    match answer {
        Value::Object(fields) => {
            let Some(described) = schema["properties"].as_object() else {
                return assert_eq!(schema["type"], "object", "{place}");
            };
            for (name, value) in fields {
                let place = format!("{place}.{name}");
                let schema = described.get(name).unwrap_or_else(|| panic!("{place}"));
                check(document, schema, value, &place);
            }
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(
                    fields.contains_key(name.as_str().unwrap()),
                    "{place}.{name}"
                );
            }
        }
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{place}");
            if schema["items"].is_object() && schema["prefixItems"].is_null() {
                for item in items {
                    check(document, &schema["items"], item, &format!("{place}[]"));
                }
            }
        }
        Value::String(_) if schema["oneOf"].is_null() => {
            assert_eq!(schema["type"], "string", "{place}");
        }
        Value::Number(_) => assert_eq!(schema["type"], "integer", "{place}"),
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{place}"),
        Value::String(_) | Value::Null => assert!(schema["oneOf"].is_array(), "{place}"),
    }
}

/// All references of a document.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let server = Running::start().await;
    let document = description(&server).await;
    let described = document["paths"].as_object().unwrap();
    let mut routes: Vec<_> = ROUTES
        .split('"')
        .filter(|text| text.starts_with("/api/"))
        // What is left below it is no route of it.
        .filter(|text| !["/api/", "/api/{*path}"].contains(text))
        .collect();
    routes.push("/api/measure/{id}");
    routes.sort_unstable();
    let mut paths: Vec<_> = described.keys().map(String::as_str).collect();
    paths.sort_unstable();
    assert_eq!(paths, routes);
    for (path, methods) in described {
        for method in ["get", "post", "put", "patch", "delete"] {
            let request = format!(
                "{} {} HTTP/1.1",
                method.to_uppercase(),
                path.replace("{id}", "x")
            );
            let (status, _, _) = http(server.address, &request, "").await;
            assert_eq!(
                status != 405,
                methods[method].is_object(),
                "{request}: {status}"
            );
        }
    }
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for path in found {
        assert!(document.pointer(&path[1..]).is_some(), "{path}");
    }
}

#[tokio::test]
async fn every_field_of_every_answer_is_described() {
    let server = Running::start().await;
    let document = description(&server).await;
    let key = "x-author-key:0123456789abcdef\n";
    let mut client = Client::connect_with(server.address, key).await;
    for number in 1..=3 {
        client.say("lobby", "철수", &format!("말씀 {number}")).await;
    }
    for (change, text) in [(r#""edits":1"#, "고침"), (r#""deletes":2"#, "")] {
        let body = format!(
            r#"{{"type":"TALK","roomId":"lobby","sender":"철수","message":"{text}",{change}}}"#
        );
        client
            .send(&format!(
                "SEND\ndestination:/app/chat/message\nreceipt:c\n\n{body}\0"
            ))
            .await;
        client.receipt("c").await;
    }
    let mut seen = Vec::new();
    for (path, route, status) in [
        ("/api/rooms", "/api/rooms", 200),
        ("/api/rooms/lobby", "/api/rooms/{id}", 200),
        ("/api/rooms/nobody", "/api/rooms/{id}", 404),
        ("/api/rooms/lobby/messages", "/api/rooms/{id}/messages", 200),
        (
            "/api/rooms/lobby/messages?after=x",
            "/api/rooms/{id}/messages",
            400,
        ),
        (
            "/api/search?q=%EB%A7%90%EC%94%80&limit=1",
            "/api/search",
            200,
        ),
        ("/api/search?q=x", "/api/search", 400),
        ("/api/openapi.json", "/api/openapi.json", 200),
    ] {
        let (got, _, body) = http(server.address, &format!("GET {path} HTTP/1.1"), "").await;
        assert_eq!(got, status, "{path}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        let response = &document["paths"][route]["get"]["responses"][status.to_string()];
        let response = resolve(&document, response);
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{path}");
        check(&document, schema, &answer, path);
        seen.push(body);
    }
    // What is said of edits and deletions was among them.
    for field in ["edits", "deletes", "editedAt", "deleted", "first"] {
        assert!(seen[3].contains(&format!("\"{field}\":")), "{field}");
    }
}
