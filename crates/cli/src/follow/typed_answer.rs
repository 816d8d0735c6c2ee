//! What a human types at a question, and what it means. It must not know how it was read.

use super::questions::Question;
use windlass_model::Value;

/// What one types at a question.
pub fn how_to_answer(question: &Question) -> String {
    match (&question.ty, &question.typed) {
        (Some(ty), _) if ty == "bool" => {
            "  `yes` or `no` (nothing: it goes on waiting): ".to_owned()
        }
        (Some(ty), _) => format!("  a value of type {ty} (nothing: it goes on waiting): "),
        (None, Some(name)) => format!("  type `{name}` to go on, `no` to refuse: "),
        (None, None) => "  `yes` to go on, `no` to refuse (nothing: it goes on waiting): ".into(),
    }
}

/// What a typed line means. Only a whole word means anything: the safe answer is none.
pub fn read_answer(question: &Question, line: &str) -> Result<Value, String> {
    let line = line.trim();
    if line.is_empty() {
        return Err("  it goes on waiting; Ctrl-C pauses the run".to_owned());
    }
    if question.ty.is_some() {
        return question.read_value(line);
    }
    match (line.to_ascii_lowercase().as_str(), &question.typed) {
        ("no", _) => Ok(Value::Bool(false)),
        (_, Some(name)) if name == line => Ok(Value::Bool(true)),
        ("yes", None) => Ok(Value::Bool(true)),
        _ => Err(format!("  `{line}` is no answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_model::StepId;

    fn question(typed: Option<&str>, ty: Option<&str>) -> Question {
        let typed = typed.map(str::to_owned);
        let ty = ty.map(str::to_owned);
        let (step, prompt) = (StepId::new("tested"), "Tested?".to_owned());
        Question { step, prompt, roles: Vec::new(), typed, not_by: None, deadline: None, ty }
    }

    #[test]
    fn only_a_whole_word_answers_and_nothing_is_never_yes() {
        let plain = question(None, None);
        assert_eq!(read_answer(&plain, " YES "), Ok(Value::Bool(true)));
        assert_eq!(read_answer(&plain, "no"), Ok(Value::Bool(false)));
        for line in ["", "y", "yeah", "true"] {
            assert!(read_answer(&plain, line).is_err(), "{line}");
        }
        let named = question(Some("qa4"), None);
        assert!(read_answer(&named, "yes").is_err(), "the name must be typed");
        assert_eq!(read_answer(&named, "qa4"), Ok(Value::Bool(true)));
        let number = question(None, Some("int"));
        assert_eq!(read_answer(&number, "42"), Ok(Value::from(42)));
        assert!(read_answer(&number, "yes").is_err());
        let choice = question(None, Some("bool"));
        assert_eq!(read_answer(&choice, "no"), Ok(Value::Bool(false)));
        assert_eq!(read_answer(&choice, "true"), Ok(Value::Bool(true)));
        assert!(read_answer(&choice, "perhaps").is_err());
    }
}
