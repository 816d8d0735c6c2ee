//! What is known of a file in a store. It must not know how it is asked for.

use object_store::{Attribute, Attributes, ObjectMeta};
use serde::{Deserialize, Serialize};
use windlass_model::{RequestId, Timestamp};

/// The name of the mark in a file's metadata: whose it is.
const MARK: &str = "windlass";

/// A file's facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// How long it is.
    pub bytes: u64,
    /// Its stamp: new with every write.
    pub etag: String,
    /// When it was written, by the store's clock.
    pub modified: Timestamp,
    /// Which step's it is, where the store keeps such marks.
    pub mark: Option<String>,
}

/// The metadata of a file that a step writes.
pub fn marked(key: RequestId, content_type: Option<&str>) -> Attributes {
    let mut attributes = Attributes::new();
    attributes.insert(Attribute::Metadata(MARK.into()), key.to_string().into());
    if let Some(kind) = content_type {
        attributes.insert(Attribute::ContentType, kind.to_owned().into());
    }
    attributes
}

impl Facts {
    /// Reads an answer; none where the store gives no stamp, without which nothing can be told.
    pub fn read(meta: &ObjectMeta, attributes: &Attributes) -> Option<Self> {
        let mark = attributes.get(&Attribute::Metadata(MARK.into()));
        Some(Self {
            bytes: meta.size,
            etag: meta.e_tag.clone()?,
            modified: Timestamp(meta.last_modified.timestamp_millis()),
            mark: mark.map(|mark| mark.as_ref().to_owned()),
        })
    }
}
