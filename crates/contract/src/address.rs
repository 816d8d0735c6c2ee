//! Takes a URL apart and finds the row whose path it has. Letter case does not count in a path;
//! on loopback something may stand before it. It must not know what a row demands.

use crate::exchange::Exchange;
use crate::fact::Fact;
use crate::table::Row;

/// What every account's host of blobs ends in.
const BLOB_HOST: &str = ".blob.core.windows.net";

/// A URL in parts.
#[derive(Debug)]
pub(crate) struct Address {
    /// The host, without its port.
    pub host: String,
    /// The path's segments, decoded.
    pub segments: Vec<String>,
    /// The query's names and values, decoded.
    pub query: Vec<(String, String)>,
}

impl Address {
    /// Takes a URL apart; what is no URL has no host and finds no row.
    pub fn parse(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            host: host.rsplit_once(':').map_or(host, |(host, _)| host).to_ascii_lowercase(),
            segments: path.trim_end_matches('/').split('/').map(decode).collect(),
            query: pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(&value.replace('+', " "))))
                .collect(),
        }
    }

    /// Says whether the host is this machine: a simulator, or a test's server.
    pub fn is_local(&self) -> bool {
        self.host == "localhost" || self.host.starts_with("127.") || self.host.starts_with('[')
    }

    /// Returns the row with an exchange's method and path; where several have them, a header tells.
    pub fn row<'a>(&self, rows: &'a [Row], exchange: &Exchange) -> Option<&'a Row> {
        let sends = |(name, fact): (&String, &Fact)| {
            let sent = exchange.request_header(name);
            !fact.is_fixed() || sent.is_some_and(|text| fact.fits_query(text))
        };
        rows.iter().find(|row| {
            row.method.eq_ignore_ascii_case(&exchange.method)
                && row.sent.iter().all(sends)
                && row.fixed.iter().all(|pair| self.query.contains(pair))
                && match row.is_blob() {
                    true => row.paths.iter().any(|path| self.has_blob(path)),
                    false => row.paths.iter().any(|path| self.has(path)),
                }
        })
    }

    /// Paths of blobs are any names: only the host, or the word `blob` that stands for it on this
    /// machine, tells them. A blob's name may hold slashes.
    fn has_blob(&self, template: &[String]) -> bool {
        let names = match self.segments.as_slice() {
            [word, _, names @ ..] if self.is_local() && word == "blob" => names,
            names if self.host.ends_with(BLOB_HOST) => names,
            _ => return false,
        };
        let fits = match template.len() {
            1 => names.len() == 1,
            least => names.len() >= least,
        };
        fits && names.iter().all(|name| !name.is_empty())
    }

    /// Says whether a host is that of a row, this machine aside.
    pub fn is_of(&self, row: &Row) -> bool {
        match row.is_blob() {
            true => self.host.ends_with(BLOB_HOST),
            false => self.host == row.host,
        }
    }

    fn has(&self, template: &[String]) -> bool {
        let Some(before) = self.segments.len().checked_sub(template.len()) else { return false };
        if before > 0 && !self.is_local() {
            return false;
        }
        self.segments[before..].iter().zip(template).all(|(segment, wanted)| {
            let free = wanted.starts_with('{');
            (free && !segment.is_empty()) || segment.eq_ignore_ascii_case(wanted)
        })
    }
}

/// Decodes `%41`; what is no code stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ROWS;

    fn row(method: &str, url: &str) -> Option<String> {
        let rows = ROWS.as_ref().unwrap();
        let exchange = Exchange { method: method.to_owned(), ..Exchange::default() };
        Address::parse(url).row(rows, &exchange).map(|row| row.name.clone())
    }

    const SITE: &str = "/subscriptions/s/resourcegroups/g/providers/microsoft.web/SITES/a";

    #[test]
    fn a_path_finds_its_row_in_any_letter_case() {
        let at = |path: &str| format!("https://management.azure.com{SITE}{path}?api-version=1");
        assert_eq!(row("GET", &at("")).unwrap(), "A1");
        assert_eq!(row("GET", &at("/slots/b")).unwrap(), "A1");
        assert_eq!(row("POST", &at("/stop")).unwrap(), "A2");
        assert_eq!(row("GET", &at("/stop")), None);
        assert_eq!(row("POST", &at("/config/AppSettings/list")).unwrap(), "A5");
        assert_eq!(row("POST", &at("//list")), None);
    }

    #[test]
    fn on_loopback_something_may_stand_before_the_path() {
        assert_eq!(row("POST", &format!("http://127.0.0.1:80/arm{SITE}/stop")).unwrap(), "A2");
        assert_eq!(row("POST", &format!("https://management.azure.com/arm{SITE}/stop")), None);
        let build = "http://localhost:8080/ado/o/p/_apis/build/builds/7";
        assert_eq!(row("GET", build).unwrap(), "D6");
    }

    #[test]
    fn queries_are_decoded() {
        let address = Address::parse("http://h/x?%24top=1&branchName=refs%2Fheads%2Fprod&q=a+b&e");
        let expected = [("$top", "1"), ("branchName", "refs/heads/prod"), ("q", "a b"), ("e", "")];
        let query: Vec<(&str, &str)> =
            address.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(query, expected);
        assert_eq!(decode("100%"), "100%");
    }
}
