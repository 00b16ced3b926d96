use crate::support::{Workshop, check, of};

#[test]
fn a_library_is_packed_only_under_jnas_name_of_its_platform() {
    let workshop = Workshop::new();
    workshop.put("library.c", b"void uniffi_scan_login_ffi_fn_call(void) {}");
    workshop.run(
        "clang --target=x86_64-linux-gnu -nostdlib -shared -fuse-ld=lld library.c -o library.so",
    );
    let library = workshop.path("library.so");
    check(&of("linux-x86-64", &library)).unwrap();
    assert_eq!(check(&of("linux-aarch64", &library)).unwrap_err(), ["it is of Elf for X86_64"]);
    assert_eq!(check(&of("darwin-x86-64", &library)).unwrap_err(), ["it is of Elf for X86_64"]);
    let reasons = check(&of("linux-x86_64", &library)).unwrap_err();
    assert!(reasons[0].contains("there is no platform linux-x86_64"), "{reasons:?}");
}

#[test]
fn what_is_no_dynamic_library_of_ours_is_refused() {
    let workshop = Workshop::new();
    workshop.put("library.c", b"void uniffi_scan_login_ffi_fn_call(void) {}");
    workshop.run("clang --target=x86_64-linux-gnu -c library.c -o library.o");
    let reasons = check(&of("linux-x86-64", &workshop.path("library.o"))).unwrap_err();
    assert!(reasons.contains(&"it is not a dynamic library".to_owned()), "{reasons:?}");
    let text = workshop.put("a.so", b"not a library");
    assert_eq!(check(&of("linux-x86-64", &text)).unwrap_err(), ["it is not a library"]);
    workshop.put("other.c", b"void inflate(void) {}");
    workshop
        .run("clang --target=x86_64-linux-gnu -nostdlib -shared -fuse-ld=lld other.c -o other.so");
    let other = workshop.path("other.so");
    assert_eq!(
        check(&of("linux-x86-64", &other)).unwrap_err(),
        ["it does not have the functions of this library"]
    );
}
