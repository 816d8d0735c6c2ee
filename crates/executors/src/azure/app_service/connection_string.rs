//! The text of a connection string: which database it names, and the same with another one.
//!
//! Everything but the database's name stays as it is, byte for byte. It must not know where
//! strings are kept.

use std::ops::Range;

/// The two names of the same key.
const KEYS: [&str; 2] = ["initial catalog", "database"];

/// The names of the server's key.
const SERVER_KEYS: [&str; 5] = ["server", "data source", "address", "addr", "network address"];

/// The database that a connection string names.
pub fn database(text: &str) -> Option<&str> {
    find(text, &KEYS).map(|range| unquoted(&text[range]))
}

/// The server that it names, without protocol, domain and port.
pub fn server(text: &str) -> Option<&str> {
    let host = unquoted(&text[find(text, &SERVER_KEYS)?]);
    let host = host.strip_prefix("tcp:").unwrap_or(host);
    host.split(['.', ',', '\\']).next().filter(|name| !name.is_empty())
}

/// The same string with another database; none where it names none.
pub fn with_database(text: &str, database: &str) -> Option<String> {
    let range = find(text, &KEYS)?;
    let quote = database.contains([';', '\'', '"', '=']) || database.trim() != database;
    let value =
        if quote { format!("\"{}\"", database.replace('"', "\"\"")) } else { database.to_owned() };
    Some(format!("{}{value}{}", &text[..range.start], &text[range.end..]))
}

/// The last one counts where a key stands twice, as in SqlClient.
fn find(text: &str, keys: &[&str]) -> Option<Range<usize>> {
    let found = pairs(text).into_iter().filter(|(key, _)| {
        let key = text[key.clone()].trim().to_ascii_lowercase();
        keys.contains(&key.as_str())
    });
    found.map(|(_, value)| trimmed(text, value)).next_back()
}

/// Keys and values by place. A quoted value may hold semicolons.
fn pairs(text: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(equals) = rest.find(['=', ';']) else { break };
        if rest.as_bytes()[equals] == b';' {
            at += equals + 1;
            continue;
        }
        let start = at + equals + 1;
        let length = value_length(&text[start..]);
        found.push((at..at + equals, start..start + length));
        at = start + length + 1;
    }
    found
}

fn value_length(text: &str) -> usize {
    let blanks = text.len() - text.trim_start().len();
    let body = &text[blanks..];
    let Some(quote) = body.chars().next().filter(|c| *c == '"' || *c == '\'') else {
        return text.find(';').unwrap_or(text.len());
    };
    let mut at = 1;
    while let Some(next) = body[at..].find(quote) {
        at += next + 1;
        if body[at..].starts_with(quote) {
            at += 1;
            continue;
        }
        let tail = body[at..].find(';').unwrap_or(body.len() - at);
        return blanks + at + tail;
    }
    text.len()
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let start = range.start + (value.len() - value.trim_start().len());
    start..start + value.trim().len()
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote) {
            return &value[1..value.len() - 1];
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRING: &str = "Server=tcp:sql-qa.database.windows.net,1433;Initial \
     Catalog=dispatcherqa4;\
                          User ID=app;Password=a;Encrypt=True;";

    #[test]
    fn only_the_database_changes() {
        let changed = with_database(STRING, "dispatcherqa4prod3").unwrap();
        assert_eq!(changed, STRING.replace("dispatcherqa4", "dispatcherqa4prod3"));
        assert_eq!(with_database(&changed, "dispatcherqa4").unwrap(), STRING);
        assert_eq!((database(STRING), server(STRING)), (Some("dispatcherqa4"), Some("sql-qa")));
    }

    #[test]
    fn spelling_blanks_and_quotes_are_kept() {
        let cases = [
            ("server=s; DATABASE = old ;x=y", "server=s; DATABASE = new ;x=y", "old"),
            ("Database=old", "Database=new", "old"),
            (
                "Password=\"a;Database=fake\";Database=old",
                "Password=\"a;Database=fake\";Database=new",
                "old",
            ),
            ("Password='it''s;';Database=old;", "Password='it''s;';Database=new;", "old"),
            ("Database=\"old\";a=b", "Database=new;a=b", "old"),
            (";;a=b;;Initial Catalog=old", ";;a=b;;Initial Catalog=new", "old"),
        ];
        for (text, changed, named) in cases {
            assert_eq!(with_database(text, "new").as_deref(), Some(changed));
            assert_eq!(database(text), Some(named));
        }
    }

    #[test]
    fn what_names_no_database_gives_none() {
        for text in ["", "redis:6380,password=x,ssl=True", "a=b;c", "\"=", "x='unclosed"] {
            assert_eq!(with_database(text, "new"), None, "{text}");
        }
        assert_eq!(server("Data Source=local\\sql;Database=d"), Some("local"));
    }

    #[test]
    fn a_strange_name_is_quoted() {
        let changed = with_database("Database=d;a=b", "x;y").unwrap();
        assert_eq!(changed, "Database=\"x;y\";a=b");
        assert_eq!(database(&changed), Some("x;y"));
    }
}
