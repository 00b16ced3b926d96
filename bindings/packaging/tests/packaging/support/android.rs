//! Small libraries for Android.

use std::path::PathBuf;

use super::Workshop;

/// As bindings/build links it, but for what a test changes.
pub(crate) const LINK: &str = "-Wl,-soname,libscan_login_ffi.so -Wl,-z,max-page-size=16384 -Wl,--build-id=sha1 -Wl,--pack-dyn-relocs=android -Wl,-z,now";
/// A function that the bindings call, a call to the phone, and many pointers that have to be relocated.
pub(crate) const SOURCE: &str = "
    void *malloc(unsigned long);
    void *uniffi_scan_login_ffi_fn_call(void) { return malloc(1); }
    static void near(void) {}
    #define FOUR(x) x, x, x, x
    static void *table[] = { FOUR(FOUR(FOUR(near))) };
    void **uniffi_scan_login_ffi_table(void) { return table; }
";

/// Links a library for a phone with more source and more options; what is in `without` is left out.
pub(crate) fn library(
    workshop: &Workshop,
    target: &str,
    without: &str,
    options: &str,
    source: &str,
) -> PathBuf {
    for (name, function) in [("c", "malloc"), ("z", "inflate")] {
        workshop.put(&format!("{name}.c"), format!("void {function}(void) {{}}").as_bytes());
        workshop.run(&format!(
            "clang --target={target} -nostdlib -shared -fuse-ld=lld -w -Wl,-soname,lib{name}.so {name}.c -o lib{name}.so"
        ));
    }
    workshop.put("library.c", format!("{SOURCE}{source}").as_bytes());
    let link = if without.is_empty() { LINK.to_owned() } else { LINK.replace(without, "") };
    workshop.run(&format!(
        "clang --target={target} -O1 -fPIC -w -nostdlib -shared -fuse-ld=lld -s {link} library.c -L. -lc {options} -o library.so"
    ));
    workshop.path("library.so")
}
