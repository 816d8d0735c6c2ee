//! The simulator as a client sees it. It must not know its insides.

mod cloud;
mod power_and_settings;
mod databases;
mod devops;
mod identity;
mod faults;
mod socket;
