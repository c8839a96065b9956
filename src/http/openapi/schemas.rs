//! Schemas: those that types have, gathered by name, and the few that belong to no type.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa::openapi::ArrayBuilder;
use utoipa::openapi::Object;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;
use utoipa::openapi::SchemaFormat;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::schema::Type;

/// Schemas by name, and which of them requests are made of.
#[derive(Default)]
pub(super) struct Schemas {
    named: BTreeMap<String, RefOr<Schema>>,
    asked: BTreeSet<String>,
}

impl Schemas {
    /// Of something that a request carries.
    pub(super) fn asked<T: ToSchema>(&mut self) -> RefOr<Schema> {
        for (name, _) in gathered::<T>() {
            self.asked.insert(name);
        }
        self.shown::<T>()
    }

    /// Of something that is answered.
    pub(super) fn shown<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.named.extend(gathered::<T>());
        Ref::from_schema_name(T::name()).into()
    }

    /// Adds one that belongs to no type.
    pub(super) fn add(&mut self, name: &str, schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
        self.named.insert(name.to_owned(), schema.into());
        Ref::from_schema_name(name).into()
    }

    /// A number in a request has bounds that the configuration sets.
    pub(super) fn bound<T: ToSchema>(&mut self, property: &str, min: u64, max: u64) {
        self.change::<T>(property, |number| {
            number.minimum = Some(min.into());
            number.maximum = Some(max.into());
        });
    }

    /// A text in a request has a length that the configuration sets.
    pub(super) fn longest<T: ToSchema>(&mut self, property: &str, max: usize) {
        self.change::<T>(property, |text| text.max_length = Some(max));
    }

    fn change<T: ToSchema>(&mut self, property: &str, change: impl FnOnce(&mut Object)) {
        let named = self.named.get_mut(T::name().as_ref());
        let Some(RefOr::T(Schema::Object(object))) = named else {
            return;
        };
        if let Some(RefOr::T(Schema::Object(of))) = object.properties.get_mut(property) {
            change(of);
        }
    }

    /// Takes over what another one has gathered.
    pub(super) fn extend(&mut self, other: Self) {
        self.named.extend(other.named);
        self.asked.extend(other.asked);
    }

    /// All of them. What can be null in an answer is there all the same: an answer leaves nothing out but what is
    /// not nullable. In a request null means left out.
    pub(super) fn finish(self) -> BTreeMap<String, RefOr<Schema>> {
        let asked = self.asked;
        let finished = |(name, mut schema): (String, RefOr<Schema>)| {
            if !asked.contains(&name) {
                require_nullable(&mut schema);
            }
            (name, schema)
        };
        self.named.into_iter().map(finished).collect()
    }
}

fn gathered<T: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut all = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut all);
    all
}

fn require_nullable(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            let nullable = object.properties.iter().filter(|(_, of)| is_nullable(of));
            let names: Vec<_> = nullable.map(|(name, _)| name.clone()).collect();
            for name in names {
                if !object.required.contains(&name) {
                    object.required.push(name);
                }
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(require_nullable),
        Schema::OneOf(one) => one.items.iter_mut().for_each(require_nullable),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(require_nullable),
        _ => {}
    }
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(schema) = schema else {
        return false;
    };
    match schema {
        Schema::Object(object) => has_null(&object.schema_type),
        Schema::Array(array) => has_null(&array.schema_type),
        Schema::OneOf(one) => one.items.iter().any(is_nullable),
        _ => false,
    }
}

fn has_null(types: &SchemaType) -> bool {
    match types {
        SchemaType::Type(one) => *one == Type::Null,
        SchemaType::Array(several) => several.contains(&Type::Null),
        SchemaType::AnyValue => false,
    }
}

/// A part of a list.
pub(super) fn page_of(item: RefOr<Schema>) -> ObjectBuilder {
    let next = nullable(Type::String).description(Some(
        "What to ask for next, as `cursor`; null on the last page.",
    ));
    ObjectBuilder::new()
        .property("data", ArrayBuilder::new().items(item))
        .property("nextCursor", next)
        .required("data")
        .required("nextCursor")
}

/// A value of a type, or null.
pub(super) fn nullable(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}

/// How many items a page has.
pub(super) fn limit(max: u32) -> ObjectBuilder {
    let default = 50_u32.min(max);
    whole(1, u64::from(max)).default(Some(default.into()))
}

/// Where a page goes on.
pub(super) fn cursor() -> ObjectBuilder {
    texts()
        .format(Some(SchemaFormat::Custom("cursor".to_owned())))
        .max_length(Some(512))
}

/// The name of a request.
pub(super) fn idempotency_key() -> ObjectBuilder {
    texts()
        .pattern(Some("^[!-~]{1,255}$"))
        .examples(["order-4711"])
}

/// Any text.
pub(super) fn texts() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// One of some texts.
pub(super) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    texts().enum_values(Some(names))
}

/// A whole number within bounds.
pub(super) fn whole(min: u64, max: u64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(Some(max))
}

/// What somebody looks for in a list.
pub(super) fn search() -> ObjectBuilder {
    texts()
        .min_length(Some(1))
        .max_length(Some(100))
        .pattern(Some(r"\S"))
}

/// Bytes.
pub(super) fn binary() -> ObjectBuilder {
    texts().content_media_type("image/png")
}

/// Any object.
pub(super) fn object() -> ObjectBuilder {
    ObjectBuilder::new()
}
