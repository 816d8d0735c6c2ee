//! Items of a page's lists as steps: what a phrase knows becomes an action, the rest is asked of
//! people, word for word.

use super::marks::{input_name, legend, mark_of};
use super::said::{block_as_said, is_rule, rule, said_of};
use super::sections::is_script;
use crate::draft::{Draft, Entry, Input, Said, Step, Value};
use crate::known::Known;
use crate::names::as_name;
use crate::page::block::{Block, Code, Item, List, Page, Words};
use crate::phrase::act::{act, core_of};
use crate::phrase::context::Context;
use crate::phrase::place::with_variables;
use crate::phrase::sentence::{Sentence, clauses, is_asking, sentences, without_asides};
use crate::undo::with_reason;
use regex::Regex;
use std::sync::LazyLock;

/// Actions whose phrases take any words: what else the sentence asks for is asked beside them.
static LOOSE: LazyLock<[Value; 5]> = LazyLock::new(|| {
    ["http.check", "notify.slack", "notify.teams", "notify.email", "wait"].map(Value::raw)
});

/// Reads the items of a page into a draft.
pub struct Reader<'a> {
    page: &'a Page,
    context: Context<'a>,
    /// Conditions under which the steps are that are read.
    when: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader of a page into a draft.
    pub fn new(page: &'a Page, draft: &'a mut Draft, known: &'a Known) -> Self {
        Self { page, context: Context::new(draft, known), when: Vec::new() }
    }

    /// The draft.
    pub fn draft(&mut self) -> &mut Draft {
        self.context.draft
    }

    /// A list as steps.
    pub fn list(&mut self, list: &List, above: &str) {
        for (at, item) in list.items.iter().enumerate() {
            let own = match item.number {
                Some(number) => number.to_string(),
                None if list.is_boxed() || above.is_empty() => (at + 1).to_string(),
                None => letter(at),
            };
            let label = if above.is_empty() { own } else { format!("{above}.{own}") };
            self.item(item, &label);
        }
    }

    fn item(&mut self, item: &Item, label: &str) {
        let depth = self.when.len();
        let mut first = true;
        let mut blocks = item.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            match block {
                Block::Words(words) => {
                    let inner = blocks.peek().is_some_and(|next| matches!(next, Block::List(_)));
                    self.words(words, label, first, inner);
                    first = false;
                }
                Block::List(list) => self.inner_list(list, label),
                Block::Code(code) => self.script(code, label, None),
                Block::Row(_) => self.comment(block),
            }
        }
        self.when.truncate(depth);
    }

    /// A list in an item: more steps where it asks for something, else what the item speaks of.
    fn inner_list(&mut self, list: &List, label: &str) {
        let asks = |item: &Item| match item.blocks.first() {
            Some(Block::Words(words)) => is_asking(&words.text),
            _ => false,
        };
        if list.numbered || list.is_boxed() || list.items.iter().any(asks) {
            return self.list(list, label);
        }
        for item in &list.items {
            item.blocks.iter().for_each(|block| self.comment(block));
        }
    }

    fn comment(&mut self, block: &Block) {
        for said in block_as_said(block, "") {
            self.draft().share.comments += 1;
            self.draft().say(said);
        }
    }

    /// The words of an item: its sentences, one after the other.
    pub fn words(&mut self, words: &Words, label: &str, first: bool, heads_list: bool) {
        let mut words = words.clone();
        if first && let Some((mark, rest)) = mark_of(&words.text) {
            words.text = rest;
            let name = self.marked(&mark, words.line);
            self.when.push(format!("inputs.{name}"));
            self.sentences(&words, label, first, heads_list, &format!("{mark} "));
            return;
        }
        self.sentences(&words, label, first, heads_list, "");
    }

    fn sentences(&mut self, words: &Words, label: &str, first: bool, heads_list: bool, mark: &str) {
        let all = sentences(words);
        for (at, mut sentence) in all.into_iter().enumerate() {
            let leading = first && at == 0;
            let title = if leading { format!("{label} {mark}") } else { format!("{label} ") };
            if heads_list && sentence.text.ends_with(':') && self.head(&sentence, label, &title) {
                continue;
            }
            if is_rule(&sentence.text) {
                self.draft().share.comments += 1;
                let before = if leading { title } else { String::new() };
                let text = format!("{before}{}", sentence.text);
                self.draft().say(Said::words(text, sentence.line));
                self.draft().say(rule(sentence.line));
                continue;
            }
            if !leading && !is_asking(&sentence.text) {
                self.draft().share.comments += 1;
                self.draft().say(said_of(&sentence));
                continue;
            }
            if let Some((gate, rest)) = gate_of(&sentence.text) {
                let all = format!("{title}{}", sentence.text);
                self.draft().say(Said::words(all, sentence.line));
                self.gate(&gate, &sentence, label);
                sentence.text = rest;
                self.sentence(&sentence, label, label_only(label));
            } else {
                self.sentence(&sentence, label, title);
            }
        }
    }

    /// Words that only head a list: a condition of its items, or a comment above them.
    fn head(&mut self, sentence: &Sentence, label: &str, title: &str) -> bool {
        let low = sentence.text.to_lowercase();
        if low.starts_with("if ") || low.starts_with("when ") || low.starts_with("in case ") {
            let name = self.condition(&sentence.text, label, sentence.line);
            self.when.push(format!("inputs.{name}"));
            self.draft().share.actions += 1;
        } else {
            let bare = sentence.text.trim_end_matches(':');
            let known = act(bare, sentence, &mut self.context).is_some();
            if known || !sentence.urls.is_empty() {
                return false;
            }
            self.draft().share.comments += 1;
        }
        self.draft().say(Said::words(format!("{title}{}", sentence.text), sentence.line));
        true
    }

    /// What must have happened before: somebody says so.
    fn gate(&mut self, gate: &str, sentence: &Sentence, label: &str) {
        let low = gate.to_lowercase();
        if low.starts_with("if ") || low.starts_with("when ") {
            let name = self.condition(gate, label, sentence.line);
            self.when.push(format!("inputs.{name}"));
        } else {
            self.ask(gate, sentence.line, label, &label_only(label));
        }
    }

    /// A sentence: actions where phrases are known, else a question.
    fn sentence(&mut self, sentence: &Sentence, label: &str, title: String) {
        let (_, condition) = core_of(&without_asides(&sentence.text).0);
        if let Some(steps) = act(&sentence.text, sentence, &mut self.context) {
            let rest = clauses(&sentence.text);
            let loose =
                steps.iter().any(|step| step.get("uses").is_some_and(|uses| LOOSE.contains(uses)));
            self.acted(steps, &sentence.text, &title, condition.as_deref(), label, sentence);
            self.draft().share.actions += 1;
            // What stands in parentheses and asks for more, and what a look does not cover.
            let aside = without_asides(&sentence.text).1;
            let in_aside =
                |clause: &&String| aside.iter().any(|aside| aside.contains(clause.as_str()));
            let (more, first) = (rest.get(1..).unwrap_or_default(), rest.first());
            let loose = loose && first.is_some_and(|first| !in_aside(&first));
            for clause in more.iter().filter(|clause| loose || in_aside(clause)) {
                self.clause(clause, sentence, label);
            }
            return;
        }
        let clauses = clauses(&sentence.text);
        let mut known = 0;
        let tried: Vec<(String, Option<Vec<Step>>)> = clauses
            .into_iter()
            .map(|clause| {
                let steps = act(&clause, sentence, &mut self.context);
                known += usize::from(steps.is_some());
                (clause, steps)
            })
            .collect();
        if known == 0 {
            self.ask(&sentence.text, sentence.line, label, &title);
            self.draft().share.people += 1;
            return;
        }
        self.draft().share.actions += 1;
        self.draft().say(Said::words(format!("{title}{}", sentence.text), sentence.line));
        for (clause, steps) in tried {
            match steps {
                Some(steps) => {
                    let condition = core_of(&clause).1;
                    let title = label_only(label);
                    self.acted(steps, &clause, &title, condition.as_deref(), label, sentence);
                }
                None => self.ask(&clause, sentence.line, label, &label_only(label)),
            }
        }
    }

    fn clause(&mut self, clause: &str, sentence: &Sentence, label: &str) {
        match act(clause, sentence, &mut self.context) {
            Some(steps) => {
                let title = label_only(label);
                self.acted(steps, clause, &title, None, label, sentence);
            }
            None => self.ask(clause, sentence.line, label, &label_only(label)),
        }
    }

    /// Puts the steps of known words into the draft.
    fn acted(
        &mut self,
        steps: Vec<Step>,
        words: &str,
        title: &str,
        condition: Option<&str>,
        label: &str,
        sentence: &Sentence,
    ) {
        let depth = self.when.len();
        if let Some(condition) = condition {
            let name = self.condition(condition, label, sentence.line);
            self.when.push(format!("inputs.{name}"));
        }
        let count = steps.len();
        for (at, mut step) in steps.into_iter().enumerate() {
            let part = if count > 1 { format!(" ({} of {count})", at + 1) } else { String::new() };
            let name = format!("{title}{words}{part}");
            step.keys.insert(0, ("name".to_owned(), Value::raw(name)));
            self.add(step);
        }
        self.when.truncate(depth);
    }

    fn add(&mut self, mut step: Step) {
        super::care::before(&mut step, &mut self.context, &self.when);
        self.put(step);
    }

    fn put(&mut self, step: Step) {
        let mut step = with_reason(step);
        if !self.when.is_empty() {
            let mut when = self.when.clone();
            when.dedup();
            step.keys
                .insert(1.min(step.keys.len()), ("if".to_owned(), Value::raw(when.join(" && "))));
        }
        let exported = super::care::exported(&step);
        let id = self.draft().step(step);
        if let Some(database) = exported {
            self.context.exported.insert(database, id);
        }
    }

    /// A question to people, word for word.
    fn ask(&mut self, words: &str, line: usize, label: &str, title: &str) {
        let id = as_name(&format!("see to {label}"));
        let items = Value::Map(vec![("done".to_owned(), Value::plain(words))]);
        let name = format!("{}Somebody sees to it", title);
        let step = Step::new(id, line)
            .with("name", Value::raw(name))
            .with("uses", Value::raw("checklist"))
            .with("with", Value::Map(vec![("items".to_owned(), items)]));
        self.put(step);
    }

    /// A script that stands below an item.
    pub fn script(&mut self, code: &Code, label: &str, title: Option<&str>) {
        if !is_script(code) {
            if !self.is_message(code) {
                self.comment(&Block::Code(code.clone()));
            }
            return;
        }
        let text: String = code
            .text
            .lines()
            .map(|line| format!("{}\n", line.strip_prefix("$ ").unwrap_or(line)))
            .collect();
        let text = format!("{}\n", text.trim_matches('\n'));
        let (run, env) = with_variables(&text, code.line, self.context.draft);
        let shown = format!("{label} What the page shows to type");
        let mut step = Step::new(as_name(&format!("run {label}")), code.line)
            .with("name", Value::raw(title.map_or(shown, str::to_owned)))
            .with("run", Value::raw(run))
            .guessed("the block is a script, and it is run where windlass runs");
        if !env.is_empty() {
            step = step.with("env", Value::Map(env));
        }
        self.draft().share.actions += 1;
        self.put(step);
    }

    /// Takes a block below "tell them:" as what they are told.
    fn is_message(&mut self, code: &Code) -> bool {
        let Some(Entry::Step(step)) = self.draft().body.last_mut() else { return false };
        let tells =
            matches!(step.get("uses"), Some(Value::Raw(uses)) if uses.starts_with("notify."));
        let with = step.keys.iter_mut().find(|(key, _)| key == "with").map(|(_, value)| value);
        let Some(Value::Map(with)) = with.filter(|_| tells) else { return false };
        let text = with.iter_mut().find(|(key, _)| key == "text").map(|(_, value)| value);
        match text {
            Some(Value::Plain(text)) if text.ends_with(':') => {
                *text = code.text.trim().to_owned();
                true
            }
            _ => false,
        }
    }

    /// A heading that asks for something by itself.
    pub fn heading(&mut self, words: &Words, label: &str) {
        for sentence in sentences(words) {
            self.sentence(&sentence, label, String::new());
        }
    }

    /// The input that decides about steps with a mark.
    fn marked(&mut self, mark: &str, line: usize) -> String {
        let legend = legend(self.page, mark);
        let name = input_name(legend.as_deref(), mark);
        let says =
            legend.clone().unwrap_or_else(|| format!("whether steps marked {mark} are done"));
        let guess = match legend {
            Some(_) => format!("steps marked {mark} are done where `{name}` is true"),
            None => format!("the page does not say what {mark} means; such steps are done"),
        };
        self.truth(&name, &says, guess, line);
        name
    }

    /// The input that a condition of the page becomes.
    fn condition(&mut self, words: &str, label: &str, line: usize) -> String {
        let name = as_name(&format!("when {label}"));
        let guess = "whoever starts the run knows this; else ask in the run, by a step `input`";
        self.truth(&name, words, guess.to_owned(), line);
        name
    }

    fn truth(&mut self, name: &str, says: &str, guess: String, line: usize) {
        self.draft().input(name, || Input {
            keys: vec![
                ("type".to_owned(), Value::raw("bool")),
                ("default".to_owned(), Value::Bool(true)),
                ("description".to_owned(), Value::raw(says)),
            ],
            said: vec![Said::guessed(guess, line)],
        });
    }

    /// Whether anything stands in the draft yet.
    pub fn is_empty(&mut self) -> bool {
        !self.draft().body.iter().any(|entry| matches!(entry, Entry::Step(_)))
    }
}

/// What must be so before a sentence's own verb, and the rest.
fn gate_of(text: &str) -> Option<(String, String)> {
    static GATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?P<gate>(?:if|when|once|after|as soon as)\b[^,]+),\s*(?P<rest>.+)$").ok()
    });
    let found = GATE.as_ref()?.captures(text)?;
    let rest = found["rest"].to_owned();
    is_asking(&rest).then(|| (found["gate"].to_owned(), rest))
}

fn label_only(label: &str) -> String {
    format!("{label} ")
}

/// `a`, `b`, … for items without numbers.
fn letter(at: usize) -> String {
    let letter = u8::try_from(at % 26).unwrap_or_default() + b'a';
    format!("{}{}", char::from(letter), if at < 26 { String::new() } else { (at / 26).to_string() })
}
