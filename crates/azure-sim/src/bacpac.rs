//! The file that an export writes and an import reads: a zip as SQL writes it, with the database's
//! model and origin. It must not know where it is stored.

use crate::world::Fit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use std::io::{Cursor, Read as _, Write as _};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The part that holds the schema: without it a file is no bacpac.
const MODEL: &str = "model.xml";
/// The part in which this simulator keeps whose content it is.
const CONTENT: &str = "Data/content.json";

/// What of a database goes through a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Whose content it is.
    pub of: String,
    /// Which builds can use it.
    pub fit: Fit,
}

/// Writes a database down.
pub fn write(database: &str, content: &Content) -> Result<Vec<u8>, ZipError> {
    let content = serde_json::to_string(content).map_err(std::io::Error::from)?;
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let model = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><DataSchemaModel FileFormatVersion=\"1.2\" \
         SchemaVersion=\"3.5\"><Header/><Model><Element Type=\"SqlDatabaseOptions\"/></Model>\
         <!-- {database} --></DataSchemaModel>"
    );
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let origin = format!("<DacOrigin><Server><Database>{database}</Database></Server></DacOrigin>");
    let metadata = format!("<DacType><Name>{database}</Name><Version>0.0.0.0</Version></DacType>");
    let parts = [
        ("[Content_Types].xml", types),
        (MODEL, &model),
        ("Origin.xml", &origin),
        ("DacMetadata.xml", &metadata),
        (CONTENT, &content),
    ];
    for (name, text) in parts {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What a file holds; nothing if it is no bacpac.
pub fn read(bytes: &[u8]) -> Option<Content> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
    zip.by_name(MODEL).ok()?;
    let mut text = String::new();
    zip.by_name(CONTENT).ok()?.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// What bytes hash to, as `Content-MD5` has it.
pub fn hash(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let fit = Fit { migrated: true, ..Fit::default() };
        let content = Content { of: "DispatcherProd2".into(), fit };
        let bytes = write("DispatcherProd2old", &content).unwrap();
        assert_eq!(read(&bytes), Some(content));
        assert_eq!(read(&bytes[..bytes.len() / 2]), None);
        assert_eq!(hash(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }
}
