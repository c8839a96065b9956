//! JSON in and out: a body becomes a value of ours or an error that names the field; a value becomes an answer.

use crate::http::error::ApiError;
use crate::http::error::Code;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IgnoredAny;
use serde_json::Number;
use serde_json::error::Category;
use warp::Reply;
use warp::http::HeaderMap;
use warp::http::StatusCode;
use warp::http::header;
use warp::reply::Response;

/// A value with 200.
pub(super) fn ok(value: &impl Serialize) -> Response {
    warp::reply::json(value).into_response()
}

/// A value with another status.
pub(super) fn with_status(value: &impl Serialize, status: StatusCode) -> Response {
    warp::reply::with_status(warp::reply::json(value), status).into_response()
}

/// What somebody sent, short enough for an error message.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN_CHARS: usize = 80;
    format!("{:?}", text.chars().take(SHOWN_CHARS).collect::<String>())
}

/// A whole number that may be left out. JSON knows no other numbers than those with a point, so 5.0 is one as well.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let text = number.to_string();
    let digits = text.strip_suffix(".0").unwrap_or(&text);
    let wrong = || serde::de::Error::custom(format!("{text} is not a whole number from 0 on"));
    digits.parse().map(Some).map_err(|_| wrong())
}

/// Refuses a body that is not declared as plain JSON.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let refuse = |what: String| Err(ApiError::new(Code::NotJson, what));
    if let Some(encoding) = headers
        .get(header::CONTENT_ENCODING)
        .filter(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return refuse(format!(
            "the body is encoded as {}",
            shortened(&String::from_utf8_lossy(encoding.as_bytes()))
        ));
    }
    let Some(declared) = headers.get(header::CONTENT_TYPE) else {
        return refuse("the request has no Content-Type".to_owned());
    };
    let declared = String::from_utf8_lossy(declared.as_bytes());
    let essence = declared.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        refuse(format!("the Content-Type is {}", shortened(essence)))
    }
}

/// Parses a body. `T` should refuse unknown fields.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        // A derived type would also take an array of its fields in order, which nobody means.
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
        return Err(ApiError::field("", "the body is not a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        wrong(&path, &error.into_inner())
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let what = format!(
        "the body is not JSON: {} (line {line}, column {column})",
        reason(error)
    );
    ApiError::new(Code::MalformedJson, what)
        .with("line", line)
        .with("column", column)
}

fn wrong(path: &str, error: &serde_json::Error) -> ApiError {
    if error.classify() != Category::Data {
        return malformed(error);
    }
    let reason = reason(error);
    let parent = if path == "." { "" } else { path };
    let field = match named_field(&reason) {
        // Whether the path already ends with the field's name differs between a missing and an unknown one.
        Some(name) if parent.is_empty() || parent == name => name.to_owned(),
        Some(name) if !parent.ends_with(&format!(".{name}")) => format!("{parent}.{name}"),
        _ => parent.to_owned(),
    };
    let what = if named_field(&reason).is_some() {
        reason
    } else {
        format!("`{field}` is wrong: {reason}")
    };
    ApiError::field(&field, what)
}

/// The field in serde's own sentences about fields, which stand beside the path and not in it.
fn named_field(reason: &str) -> Option<&str> {
    let rest = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| reason.strip_prefix(start))?;
    rest.split_once('`').map(|(name, _)| name)
}

/// `serde_json`'s sentence without the position at its end.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::ChatId;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    #[expect(dead_code, reason = "only parsed")]
    struct Body {
        to: ChatId,
        text: String,
        extra_part: Option<Extra>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Extra {
        size: u32,
    }

    fn refuse(body: &str) -> Value {
        let error = parse::<Body>(body.as_bytes()).expect_err(body);
        serde_json::from_slice(&error.body("/", "req")).unwrap()
    }

    #[test]
    fn what_is_not_json_says_where() {
        for (body, line, column) in [
            ("", 1, 0),
            ("{", 1, 1),
            ("{\n \"to\" 1}", 2, 7),
            ("hello", 1, 1),
            ("{\"to\":\"1234567\",\"text\":\"x\"} x", 1, 29),
        ] {
            let error = refuse(body);
            assert_eq!(
                (&error["code"], &error["line"], &error["column"]),
                (&"malformed_json".into(), &line.into(), &column.into()),
                "{body}: {error}"
            );
        }
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (body, field) in [
            (r#"{"to":5,"text":"x"}"#, "to"),
            (r#"{"to":"me","text":"x"}"#, "to"),
            (r#"{"to":"1234567"}"#, "text"),
            (r#"{"to":"1234567","text":null}"#, "text"),
            (r#"{"to":"1234567","text":"x","colour":1}"#, "colour"),
            (r#"{"to":"1234567","text":"x","text":"y"}"#, "text"),
            (
                r#"{"to":"1234567","text":"x","extraPart":{}}"#,
                "extraPart.size",
            ),
            (
                r#"{"to":"1234567","text":"x","extraPart":{"size":1,"a":2}}"#,
                "extraPart.a",
            ),
            (
                r#"{"to":"1234567","text":"x","extraPart":{"size":-1}}"#,
                "extraPart.size",
            ),
            (r#"["1234567","x"]"#, ""),
            ("null", ""),
        ] {
            let error = refuse(body);
            assert_eq!(
                (&error["code"], &error["field"]),
                (&"invalid_body".into(), &field.into()),
                "{body}: {error}"
            );
            let detail = error["detail"].as_str().unwrap().to_lowercase();
            assert!(
                detail.contains(&field.rsplit('.').next().unwrap().to_lowercase()),
                "{error}"
            );
            assert!(!detail.contains("column"), "{error}");
        }
    }

    #[test]
    fn a_whole_number_is_one_with_and_without_a_point() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Waiting {
            #[serde(default, deserialize_with = "whole")]
            seconds: Option<u64>,
        }
        for (body, seconds) in [
            ("{}", None),
            (r#"{"seconds":null}"#, None),
            (r#"{"seconds":5}"#, Some(5)),
            (r#"{"seconds":5.0}"#, Some(5)),
        ] {
            assert_eq!(
                parse::<Waiting>(body.as_bytes()).unwrap(),
                Waiting { seconds }
            );
        }
        for wrong in ["5.5", "-1", "-1.0", "1e300", "\"5\"", "true"] {
            let body = format!("{{\"seconds\":{wrong}}}");
            let error = parse::<Waiting>(body.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "invalid_body", "{wrong}");
        }
    }

    #[test]
    fn only_plain_json_is_taken() {
        let check = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
            headers.insert(name, value.parse().unwrap());
            check_type(&headers).is_ok()
        };
        assert!(
            check("content-type", "application/json; charset=utf-8")
                && check("content-type", "Application/JSON")
        );
        assert!(
            !check("content-type", "text/plain")
                && !check("content-type", "application/x-www-form-urlencoded")
        );
        assert!(check("content-encoding", "identity") && !check("content-encoding", "gzip"));
        assert!(check_type(&HeaderMap::new()).is_err());
    }
}
