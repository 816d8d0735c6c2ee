//! The memory store passes the conformance kit.

use windlass_testkit::MemoryStore;
use windlass_testkit::store_kit::subject::Subject;

windlass_testkit::store_conformance!(async { Subject::new(MemoryStore::new()) });
