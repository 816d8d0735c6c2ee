//! The lists: which licences may come in, which packages never, and which only through one door.
//! It must not know how they are checked.

/// Licences that allow what we do with the code, without asking anything of our users' code.
pub const LICENCES: [&str; 13] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "ISC",
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Unicode-3.0",
    "BSL-1.0",
    "Zlib",
    "CC0-1.0",
    "Unlicense",
    // The root certificates of webpki-roots: data, not code.
    "CDLA-Permissive-2.0",
];

/// The only place that packages come from.
pub const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Packages that must never be in the build, and why.
pub const BANNED: [(&str, &str); 6] = [
    ("aws-lc-sys", "TLS is rustls with ring: one C part, no cmake, half the build time"),
    ("aws-lc-rs", "TLS is rustls with ring: one C part, no cmake, half the build time"),
    ("openssl-sys", "needs the system's OpenSSL; TLS is rustls with ring"),
    ("native-tls", "needs the system's TLS; TLS is rustls with ring"),
    ("serde_yaml", "no longer maintained and without spans; YAML is serde-saphyr"),
    ("tokio-native-tls", "needs the system's TLS; TLS is rustls with ring"),
];

/// Packages with an advisory that we live with, who alone may use them, and why.
pub const ONLY_THROUGH: [(&str, &[&str], &str); 2] = [
    (
        "fxhash",
        &["sled"],
        "RUSTSEC-2025-0057: unmaintained, not unsound; sled 0.34.7 hashes page ids with it",
    ),
    (
        "instant",
        &["parking_lot", "parking_lot_core"],
        "RUSTSEC-2024-0384: unmaintained, not unsound; the parking_lot 0.11 of sled 0.34.7 uses it",
    ),
];
