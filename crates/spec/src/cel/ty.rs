//! Types of expressions, as far as they are known before a run.

use crate::shape::deref;
use serde_json::Value;
use std::collections::BTreeMap;
use windlass_model::expr::Kind;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// Not known; fits everything.
    Any,
    /// Null.
    Null,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A fraction.
    Double,
    /// A text.
    String,
    /// A text that is one of these.
    Words(Vec<String>),
    /// A reference to a secret.
    Secret,
    /// A list.
    List(Box<Ty>),
    /// A map with any keys.
    Map(Box<Ty>),
    /// A map whose keys are known. `whole` is its type where it is used without a field: a
    /// resource's name.
    Record {
        /// What it is called in messages.
        what: String,
        /// Its keys.
        fields: BTreeMap<String, Ty>,
        /// Its type without a field, where it is no map then.
        whole: Option<Box<Ty>>,
    },
}

impl Ty {
    /// A map with known keys.
    pub fn record<K: Into<String>>(
        what: impl Into<String>,
        fields: impl IntoIterator<Item = (K, Ty)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(key, ty)| (key.into(), ty)).collect();
        Self::Record { what: what.into(), fields, whole: None }
    }

    /// The type as messages name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Null => "null",
            Self::Bool => "a truth value",
            Self::Int => "a whole number",
            Self::Double => "a fraction",
            Self::String | Self::Words(_) => "a text",
            Self::Secret => "a secret",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Record { whole: Some(whole), .. } => whole.name(),
            Self::Record { whole: None, .. } => "a map",
        }
    }

    /// The type of a value used whole.
    pub fn whole(self) -> Self {
        match self {
            Self::Record { whole: Some(whole), .. } => *whole,
            other => other,
        }
    }

    /// The type of a constant.
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(n) if n.is_f64() => Self::Double,
            Value::Number(_) => Self::Int,
            Value::String(text) => Self::Words(vec![text.clone()]),
            Value::Array(list) => {
                let mut types: Vec<Ty> = list.iter().map(Self::of_value).collect();
                Self::List(Box::new(Self::join(&mut types)))
            }
            Value::Object(map) => Self::record(
                "the map",
                map.iter().map(|(key, value)| (key.clone(), Self::of_value(value))),
            ),
        }
    }

    /// The type that all of these have; `Any` where they differ.
    pub fn join(types: &mut Vec<Ty>) -> Self {
        let Some(first) = types.pop() else { return Self::Any };
        types.drain(..).fold(first, |sum, ty| match (sum, ty) {
            (Self::Words(mut a), Self::Words(b)) => {
                a.extend(b);
                Self::Words(a)
            }
            (Self::String | Self::Words(_), Self::String | Self::Words(_)) => Self::String,
            (a, b) if a == b => a,
            _ => Self::Any,
        })
    }

    /// The type that a JSON Schema describes.
    pub fn of_schema(root: &Value, schema: &Value, what: &str) -> Self {
        let schema = deref(root, schema);
        match schema.get("type").and_then(Value::as_str) {
            Some("boolean") => Self::Bool,
            Some("integer") => Self::Int,
            Some("number") => Self::Double,
            Some("string") => Self::String,
            Some("array") => {
                let items = schema.get("items").unwrap_or(&Value::Bool(true));
                Self::List(Box::new(Self::of_schema(root, items, what)))
            }
            Some("object") => match schema.get("properties").and_then(Value::as_object) {
                Some(properties) => Self::record(
                    what,
                    properties.iter().map(|(key, property)| {
                        (key.clone(), Self::of_schema(root, property, what))
                    }),
                ),
                None => {
                    let values = schema.get("additionalProperties").unwrap_or(&Value::Bool(true));
                    Self::Map(Box::new(Self::of_schema(root, values, what)))
                }
            },
            _ => Self::Any,
        }
    }

    /// Whether a value of type `got` may stand where this type is wanted.
    pub fn accepts(&self, got: &Ty) -> bool {
        match (self, got) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::String | Self::Words(_), Self::String | Self::Words(_) | Self::Secret)
            | (Self::Double, Self::Int) => true,
            (Self::List(a), Self::List(b)) | (Self::Map(a), Self::Map(b)) => a.accepts(b),
            (Self::Map(a), Self::Record { fields, whole: None, .. }) => {
                fields.values().all(|field| a.accepts(field))
            }
            (Self::Record { .. }, Self::Map(_) | Self::Record { whole: None, .. }) => true,
            (Self::Map(_), Self::Secret) => false,
            (a, b) => a == b,
        }
    }

    /// Whether two values of these types can ever be equal.
    pub fn comparable(&self, other: &Ty) -> bool {
        let number = |ty: &Ty| matches!(ty, Self::Int | Self::Double);
        matches!(self, Self::Null)
            || matches!(other, Self::Null)
            || (number(self) && number(other))
            || self.accepts(other)
            || other.accepts(self)
    }

    /// Whether a function that takes `kind` takes this.
    pub fn is(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Any, _) | (_, Kind::Any) => true,
            (Self::Bool, Kind::Bool | Kind::Scalar)
            | (Self::Int, Kind::Int | Kind::Scalar)
            | (Self::Double, Kind::Double | Kind::Scalar) => true,
            (Self::String | Self::Words(_), Kind::String | Kind::Sized | Kind::Scalar) => true,
            (Self::List(_), Kind::List) | (Self::List(_) | Self::Map(_), Kind::Sized) => true,
            (Self::Record { whole: Some(whole), .. }, kind) => whole.is(kind),
            (Self::Record { whole: None, .. }, Kind::Sized) => true,
            _ => false,
        }
    }

    /// The type that a function gives.
    pub fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool,
            Kind::Int => Self::Int,
            Kind::Double => Self::Double,
            Kind::String => Self::String,
            Kind::Any | Kind::List | Kind::Sized | Kind::Scalar => Self::Any,
        }
    }
}

/// What a function takes, as messages name it.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "anything",
        Kind::Bool => "a truth value",
        Kind::Int => "a whole number",
        Kind::Double => "a fraction",
        Kind::String => "a text",
        Kind::List => "a list",
        Kind::Sized => "a text, a list or a map",
        Kind::Scalar => "a number, a text or a truth value",
    }
}
