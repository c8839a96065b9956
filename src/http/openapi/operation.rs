//! One operation of the API: what it takes, what it answers, and how it fails. What follows from its kind (the key, a
//! body, a page) is said once, here.

use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::openapi::problem;
use crate::http::openapi::schemas;
use crate::http::openapi::schemas::Schemas;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::Content;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::HeaderBuilder;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Required;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;
use utoipa::openapi::SecurityRequirement;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::path::ParameterBuilder;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::request_body::RequestBodyBuilder;

/// The media type of almost everything.
pub(super) const JSON: &str = "application/json";

/// The names of the security schemes.
pub(super) const API_KEY: &str = "apiKey";
pub(super) const BEARER: &str = "bearer";
pub(super) const TICKET: &str = "ticket";

/// An operation that is being described.
pub(super) struct Operation {
    /// Its method.
    pub method: HttpMethod,
    /// Its path, as in [`crate::http::route::ROUTES`].
    pub path: &'static str,
    /// The schemas that it names.
    pub schemas: Schemas,
    /// How it can fail.
    pub codes: Vec<Code>,
    about: String,
    building: OperationBuilder,
    answers: BTreeMap<u16, ResponseBuilder>,
}

/// `id` names the operation for generators of clients; `summary` is a line without a full stop.
pub(super) fn operation(
    method: HttpMethod,
    path: &'static str,
    id: &str,
    summary: &str,
) -> Operation {
    Operation {
        method,
        path,
        schemas: Schemas::default(),
        codes: vec![Code::Internal],
        about: String::new(),
        building: OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(summary)),
        answers: BTreeMap::new(),
    }
}

/// One that looks.
pub(super) fn get(path: &'static str, id: &str, summary: &str) -> Operation {
    operation(HttpMethod::Get, path, id, summary)
}

/// One that does something.
pub(super) fn post(path: &'static str, id: &str, summary: &str) -> Operation {
    operation(HttpMethod::Post, path, id, summary)
}

impl Operation {
    /// Which part of the API it belongs to.
    pub(super) fn tagged(mut self, tag: &str) -> Self {
        self.building = self.building.tag(tag);
        self
    }

    /// Sentences that say more.
    pub(super) fn about(mut self, sentences: &str) -> Self {
        if !self.about.is_empty() {
            self.about.push(' ');
        }
        self.about.push_str(sentences);
        self
    }

    /// It can fail like this.
    pub(super) fn fails(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// It is not for this API to say how it can fail.
    pub(super) fn without_failures(mut self) -> Self {
        self.codes.clear();
        self
    }

    /// It needs a key with that scope.
    pub(super) fn needs(self, scope: Scope) -> Self {
        let sentence = format!("Needs a key with the scope `{}`.", scope.as_str());
        self.keyed().fails(&[Code::Forbidden]).about(&sentence)
    }

    /// It needs a key, whichever.
    pub(super) fn keyed(mut self) -> Self {
        for name in [API_KEY, BEARER] {
            let none: [&str; 0] = [];
            self.building = self.building.security(SecurityRequirement::new(name, none));
        }
        self.fails(&[Code::MissingApiKey, Code::InvalidApiKey])
    }

    /// A ticket does as well.
    pub(super) fn or_ticket(mut self) -> Self {
        let none: [&str; 0] = [];
        let ticket = SecurityRequirement::new(TICKET, none);
        self.building = self.building.security(ticket);
        self.fails(&[Code::InvalidTicket])
    }

    /// It needs no key.
    pub(super) fn open(mut self) -> Self {
        let nothing: [SecurityRequirement; 0] = [];
        self.building = self.building.securities(Some(nothing));
        self
    }

    /// A part of the path.
    pub(super) fn part<T: ToSchema>(mut self, name: &str, about: &str) -> Self {
        let schema = self.schemas.asked::<T>();
        self.with(parameter(ParameterIn::Path, name, about).schema(Some(schema)))
    }

    /// A part of the path with a shape of its own.
    pub(super) fn part_like(
        self,
        name: &str,
        schema: impl Into<RefOr<Schema>>,
        about: &str,
    ) -> Self {
        self.with(parameter(ParameterIn::Path, name, about).schema(Some(schema)))
    }

    /// It is about the session that the path names.
    pub(super) fn of_session(self) -> Self {
        use crate::domain::id::SessionId;
        self.part::<SessionId>("id", "The session.").fails(&[
            Code::SessionNotFound,
            Code::Unavailable,
            Code::StorageFailed,
            Code::Timeout,
        ])
    }

    /// A query parameter that may be left out.
    pub(super) fn query<T: ToSchema>(mut self, name: &str, about: &str) -> Self {
        let schema = self.schemas.asked::<T>();
        self.query_like(name, schema, about)
    }

    /// A query parameter of a shape of its own.
    pub(super) fn query_like(
        self,
        name: &str,
        schema: impl Into<RefOr<Schema>>,
        about: &str,
    ) -> Self {
        let parameter = parameter(ParameterIn::Query, name, about).schema(Some(schema));
        self.with(parameter).strict()
    }

    /// The same for one that has to be there.
    #[cfg(feature = "sandbox")]
    pub(super) fn query_needed(
        self,
        name: &str,
        schema: impl Into<RefOr<Schema>>,
        about: &str,
    ) -> Self {
        let parameter = parameter(ParameterIn::Query, name, about).schema(Some(schema));
        self.with(parameter.required(Required::True)).strict()
    }

    /// Unknown query parameters are refused.
    pub(super) fn strict(self) -> Self {
        self.fails(&[Code::InvalidQuery])
    }

    /// A header that may be left out.
    pub(super) fn header(self, name: &str, schema: impl Into<RefOr<Schema>>, about: &str) -> Self {
        self.with(parameter(ParameterIn::Header, name, about).schema(Some(schema)))
    }

    /// It takes effect once for each `Idempotency-Key`.
    pub(super) fn once(self) -> Self {
        let about = "The same request with the same key takes effect once, and gets the same \
                answer for 48 hours.";
        self.header("Idempotency-Key", schemas::idempotency_key(), about)
            .fails(&[
                Code::InvalidHeader,
                Code::IdempotencyInFlight,
                Code::IdempotencyMismatch,
                Code::StorageFailed,
            ])
            .reads_body()
    }

    /// It takes a JSON body of that shape.
    pub(super) fn body<T: ToSchema>(self, example: Value) -> Self {
        self.json_body::<T>(example, true)
    }

    /// A number in that body has bounds that the configuration sets.
    pub(super) fn bound<T: ToSchema>(mut self, property: &str, min: u64, max: u64) -> Self {
        self.schemas.bound::<T>(property, min, max);
        self
    }

    /// A text in that body has a length that the configuration sets.
    pub(super) fn longest<T: ToSchema>(mut self, property: &str, max: usize) -> Self {
        self.schemas.longest::<T>(property, max);
        self
    }

    /// The same where the body may be left out.
    pub(super) fn body_or_none<T: ToSchema>(self, example: Value) -> Self {
        self.json_body::<T>(example, false)
    }

    fn json_body<T: ToSchema>(mut self, example: Value, is_needed: bool) -> Self {
        let content = content(self.schemas.asked::<T>(), example);
        self.with_body(JSON, content, is_needed).fails(&[
            Code::MalformedJson,
            Code::InvalidBody,
            Code::NotJson,
        ])
    }

    /// It takes a body of another kind.
    pub(super) fn with_body(mut self, kind: &str, content: Content, is_needed: bool) -> Self {
        let body = RequestBodyBuilder::new()
            .content(kind, content)
            .required(Some(needed(is_needed)))
            .build();
        self.building = self.building.request_body(Some(body));
        self.reads_body()
    }

    fn reads_body(self) -> Self {
        self.fails(&[Code::BodyUnreadable, Code::BodyTimeout, Code::BodyTooLarge])
    }

    /// It answers a thing of that shape.
    pub(super) fn answers<T: ToSchema>(mut self, status: u16, about: &str, example: Value) -> Self {
        let content = content(self.schemas.shown::<T>(), example);
        self.answers_with(status, about, JSON, content)
    }

    /// It answers a part of a list.
    pub(super) fn pages<T: ToSchema>(
        mut self,
        page_max: u32,
        about: &str,
        example: &Value,
    ) -> Self {
        let item = self.schemas.shown::<T>();
        let page = json!({"data": [example], "nextCursor": null});
        let content = content(schemas::page_of(item), page);
        self.query_like("limit", schemas::limit(page_max), "How many at the most.")
            .query_like(
                "cursor",
                schemas::cursor(),
                "`nextCursor` of the page before.",
            )
            .fails(&[Code::StorageFailed])
            .answers_with(200, about, JSON, content)
    }

    /// It answers something of another kind; several kinds of one status stand beside each other.
    pub(super) fn answers_with(
        mut self,
        status: u16,
        about: &str,
        kind: &str,
        content: Content,
    ) -> Self {
        let answer = self.answers.remove(&status).unwrap_or_default();
        self.answers
            .insert(status, answer.description(about).content(kind, content));
        self
    }

    /// It answers with nothing in the body.
    pub(super) fn answers_bare(mut self, status: u16, about: &str) -> Self {
        self.answers
            .insert(status, ResponseBuilder::new().description(about));
        self
    }

    /// An answer has this header as well.
    pub(super) fn answer_header(
        mut self,
        status: u16,
        name: &str,
        schema: impl Into<RefOr<Schema>>,
        about: &str,
    ) -> Self {
        let header = HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(about))
            .build();
        let answer = self.answers.remove(&status).unwrap_or_default();
        self.answers.insert(status, answer.header(name, header));
        self
    }

    fn with(mut self, parameter: ParameterBuilder) -> Self {
        self.building = self.building.parameter(parameter);
        self
    }

    /// As OpenAPI has it; how it can fail is told by reference, since many fail alike.
    pub(super) fn build(self) -> utoipa::openapi::path::Operation {
        let answers = self.answers.into_iter();
        let answers = answers.map(|(status, answer)| (status, RefOr::T(answer.build())));
        let failures = problem::by_status(&self.codes).into_iter();
        let failures = failures.map(|(status, alike)| {
            let shared = Ref::from_response_name(problem::name(&alike));
            (status, RefOr::Ref(shared))
        });
        let about = (!self.about.is_empty()).then_some(self.about);
        let all = answers.chain(failures);
        all.fold(self.building, |building, (status, answer)| {
            building.response(status.to_string(), answer)
        })
        .description(about)
        .build()
    }
}

fn parameter(place: ParameterIn, name: &str, about: &str) -> ParameterBuilder {
    let is_needed = matches!(place, ParameterIn::Path);
    ParameterBuilder::from(Parameter::new(name))
        .parameter_in(place)
        .required(needed(is_needed))
        .description(Some(about))
}

fn needed(is_needed: bool) -> Required {
    if is_needed {
        Required::True
    } else {
        Required::False
    }
}

/// A body with an example of it.
pub(super) fn content(schema: impl Into<RefOr<Schema>>, example: Value) -> Content {
    ContentBuilder::new()
        .schema(Some(schema))
        .example(Some(example))
        .build()
}

/// A body that cannot be shown.
pub(super) fn plain(schema: impl Into<RefOr<Schema>>) -> Content {
    ContentBuilder::new().schema(Some(schema)).build()
}
