//! Small archives for Apple's platforms.

use std::path::PathBuf;

use super::Workshop;

pub(crate) const DEVICE: &str = "arm64-apple-ios15.0";
/// A function that the bindings call, and a call to the system.
const SOURCE: &str = "
    void *malloc(unsigned long);
    void *uniffi_scan_login_ffi_fn_call(void) { return malloc(1); }
";

pub(crate) fn archive(workshop: &Workshop, target: &str, source: &str) -> PathBuf {
    workshop.put("library.c", format!("{SOURCE}{source}").as_bytes());
    workshop.run(&format!("clang --target={target} -w -c library.c -o library.o"));
    workshop.run(&format!("llvm-ar --format=darwin rcs {target}.a library.o"));
    workshop.path(&format!("{target}.a"))
}
