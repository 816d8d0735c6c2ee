//! What a package holds. It must not know where it is sent.

use crate::bacpac::hash;
use crate::world::Deployed;
use serde_json::Value;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// The file that says which build a package is: `{"version": "1.2.3", "branch": "main"}`.
const BUILD: &str = "build.json";

/// How much of a sum names a package that does not say which build it is.
const NAME_CHARS: usize = 8;

/// The build in a package; why there is none in what is no zip.
pub fn read(bytes: &[u8]) -> Result<Deployed, String> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| "End of Central Directory record could not be found.".to_owned())?;
    let mut text = String::new();
    let told = zip.by_name(BUILD).is_ok_and(|mut file| file.read_to_string(&mut text).is_ok());
    let build: Value = serde_json::from_str(&text).unwrap_or_default();
    let field = |name: &str| build[name].as_str().map(str::to_owned);
    let by_sum = || hash(bytes).chars().take(NAME_CHARS).collect();
    Ok(Deployed {
        branch: field("branch").filter(|_| told).unwrap_or_default(),
        version: field("version").filter(|_| told).unwrap_or_else(by_sum),
        release: String::new(),
    })
}
