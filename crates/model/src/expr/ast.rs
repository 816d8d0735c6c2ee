//! The tree of an expression. It knows no parser: files are read elsewhere and arrive here as
//! trees.
//!
//! Stored with each run inside the resolved workflow: a new kind of node is an addition; old ones
//! stay readable.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An expression with the text it was written as, for messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// As written, without `${{ }}`.
    pub source: String,
    /// What it means.
    pub node: Node,
}

/// One node of an expression's tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// A constant.
    Literal(Value),
    /// A name at the root: `inputs`, `steps`, `item`, or a variable of a quantifier.
    Name(String),
    /// `of.field`
    Select {
        /// What is selected from.
        of: Box<Node>,
        /// The field's name.
        field: String,
    },
    /// `of[at]`
    Index {
        /// A list or a map.
        of: Box<Node>,
        /// A number or a key.
        at: Box<Node>,
    },
    /// `function(args)` or `target.function(args)`
    Call {
        /// The receiver of a method call.
        target: Option<Box<Node>>,
        /// The function's name.
        function: String,
        /// Its arguments, the receiver not among them.
        args: Vec<Node>,
    },
    /// `!of`, `-of`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        of: Box<Node>,
    },
    /// `left op right`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Its left operand.
        left: Box<Node>,
        /// Its right operand.
        right: Box<Node>,
    },
    /// `test ? then : otherwise`
    Conditional {
        /// A truth value.
        test: Box<Node>,
        /// The value where it holds.
        then: Box<Node>,
        /// The value where it does not.
        otherwise: Box<Node>,
    },
    /// `[a, b]`
    List(Vec<Node>),
    /// `{a: b}`
    Map(Vec<(Node, Node)>),
    /// `over.all(variable, body)` and its kin.
    Quantified {
        /// Which of them.
        kind: Quantifier,
        /// The list, or the map whose keys are visited.
        over: Box<Node>,
        /// The name that the body knows the element by.
        variable: String,
        /// What is asked or made of each element.
        body: Box<Node>,
    },
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinaryOp {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `in`
    In,
}

/// The macros over lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    /// `all`
    All,
    /// `exists`
    Exists,
    /// `exists_one`
    ExistsOne,
    /// `filter`
    Filter,
    /// `map`
    Map,
}

/// A value with holes: `dispatcherqa4prod${{ inputs.n }}`, alone or deep in a list or a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// No hole anywhere below.
    Literal(Value),
    /// The whole value is one expression and keeps its type.
    Expr(Expr),
    /// Text with holes; each part is turned into text.
    Text(Vec<TextPart>),
    /// A list of templates.
    List(Vec<Template>),
    /// A map of templates, in the file's order.
    Map(Vec<(String, Template)>),
}

/// A part of a text with holes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextPart {
    /// As it stands.
    Text(String),
    /// A hole.
    Expr(Expr),
}
