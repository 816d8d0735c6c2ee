//! Files in object stores: Azure storage, what speaks S3, and folders of this machine.

pub mod binding;
pub mod wire;
pub mod facts;
pub mod door;
pub mod opened;
pub mod upload;
pub mod stores;
pub mod aside;
pub mod shapes;
pub mod put;
pub mod get;
pub mod copy;
pub mod delete;
pub mod verify;
pub mod family;
