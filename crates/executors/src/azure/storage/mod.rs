//! Files in storage accounts: what is there, whether it is whole, and away with it.

pub mod binding;
pub mod whole_zip;
pub mod blobs;
pub mod lock_settings;
pub mod lease;
pub mod which;
pub mod verify_blob;
pub mod delete_blob;
pub mod family;
