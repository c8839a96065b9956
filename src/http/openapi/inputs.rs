//! What requests may write in more forms than answers do.

use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::schema::Type;

/// A phone number as people write it.
#[derive(Debug)]
pub(in crate::http) enum AnyPhone {}

/// A chat in any form.
#[derive(Debug)]
pub(in crate::http) enum AnyChatId {}

/// Headers for a webhook.
#[derive(Debug)]
pub(in crate::http) enum GivenHeaders {}

fn text(about: &str, pattern: &str, examples: &[&str]) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .pattern(Some(pattern))
        .examples(examples.iter().copied())
        .into()
}

impl PartialSchema for AnyPhone {
    fn schema() -> RefOr<Schema> {
        text(
            "A phone number in international form, with or without `+`; spaces, \
                    dashes, dots and brackets do not count.",
            r"^\+?[1-9]([ .()-]*[0-9]){6,14}$",
            &["+5511999998888"],
        )
    }
}

impl ToSchema for AnyPhone {}

impl PartialSchema for AnyChatId {
    fn schema() -> RefOr<Schema> {
        text(
            "A phone number, or a chat id: `…@c.us`, `…@s.whatsapp.net`, `…@lid`, `…@g.us`, `…@newsletter` or \
             `status@broadcast`.",
            r"^(\+?[1-9]([ .()-]*[0-9]){6,14}(@(c\.us|s\.whatsapp\.net))?|[0-9]{1,20}@lid|[0-9]{1,23}(-[0-9]{1,24})?@g\.us|[0-9]{1,32}@newsletter|status@broadcast)$",
            &[
                "+5511999998888",
                "5511999998888@c.us",
                "120363000000000000@g.us",
            ],
        )
    }
}

impl ToSchema for AnyChatId {}

impl PartialSchema for GivenHeaders {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z0-9._-]{1,64}$"));
        let value = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^([!-~]([ -~]*[!-~])?)?$"))
            .max_length(Some(2048));
        ObjectBuilder::new()
            .property_names(Some(Schema::from(name)))
            .additional_properties(Some(AdditionalProperties::from(value)))
            .max_properties(Some(20))
            .description(Some(
                "Headers by name. Those that the daemon writes itself, such as \
                        `content-type` and `webhook-…`, are refused.",
            ))
            .examples([serde_json::json!({"Authorization": "Bearer x"})])
            .into()
    }
}

impl ToSchema for GivenHeaders {}
