use std::fs;

use crate::support::android::{LINK, SOURCE, library};
use crate::support::{Workshop, check, of};

#[test]
fn a_library_as_it_should_be_is_good_for_each_abi() {
    for (abi, target) in [
        ("arm64-v8a", "aarch64-linux-android23"),
        ("x86_64", "x86_64-linux-android23"),
        ("armeabi-v7a", "armv7a-linux-androideabi23"),
    ] {
        let workshop = Workshop::new();
        let library = library(&workshop, target, "", "", "");
        check(&of(abi, &library)).unwrap_or_else(|reasons| panic!("{abi}: {reasons:?}"));
    }
}

#[test]
fn what_a_phone_or_its_store_would_refuse_is_refused() {
    let rows = [
        ("", "-Wl,-z,max-page-size=4096", "", "a segment is not aligned to 16 KiB"),
        ("", "-Wl,-z,execstack", "", "its stack is executable"),
        ("", "-Wl,-z,norelro", "", "it has no RELRO"),
        (
            "-Wl,-z,now",
            "-Wl,-z,lazy",
            "",
            "its functions are bound late, and so RELRO protects only in part",
        ),
        ("-Wl,--pack-dyn-relocs=android", "", "", "its relocations are not packed"),
        ("-Wl,--build-id=sha1", "-Wl,--build-id=none", "", "it has no build id"),
        (
            "-Wl,-soname,libscan_login_ffi.so",
            "-Wl,-soname,libother.so",
            "",
            "its soname is not libscan_login_ffi.so",
        ),
        ("-Wl,-soname,libscan_login_ffi.so", "", "", "its soname is not libscan_login_ffi.so"),
        ("", "-Wl,--no-as-needed -lz", "", "it needs libz.so"),
        ("", "", "void Java_com_example_call(void) {}", "it exports Java_com_example_call"),
        (
            "",
            "",
            "long getrandom(void); long uniffi_scan_login_ffi_g(void) { return getrandom(); }",
            "it asks for what Android 6 is not known to have: getrandom",
        ),
        (
            "",
            "",
            "const char *uniffi_scan_login_ffi_p(void) { return \"/home/alice/.cargo/registry/x.rs\"; }",
            "it names a folder of the machine it was built on: /home/alice/.cargo/registry/x.rs",
        ),
        ("", "", "char uniffi_scan_login_ffi_large[4000000] = { 1 };", "bytes are more than the"),
    ];
    for (without, options, source, reason) in rows {
        let workshop = Workshop::new();
        let library = library(&workshop, "aarch64-linux-android23", without, options, source);
        let reasons = check(&of("arm64-v8a", &library)).expect_err(reason);
        assert!(reasons.len() == 1 && reasons[0].contains(reason), "{reason}: {reasons:?}");
    }
}

#[test]
fn relocations_that_old_phones_leave_undone_are_refused() {
    let workshop = Workshop::new();
    let library =
        library(&workshop, "aarch64-linux-android23", "", "-Wl,--pack-dyn-relocs=relr", "");
    let reasons = check(&of("arm64-v8a", &library)).unwrap_err();
    assert!(
        reasons
            .contains(&"it has RELR relocations, which Android before 11 leaves undone".to_owned()),
        "{reasons:?}"
    );
}

#[test]
fn relocations_in_code_are_refused() {
    let workshop = Workshop::new();
    let source = "__asm__(\".text\\n.quad uniffi_scan_login_ffi_fn_call\\n\");";
    let library = library(&workshop, "aarch64-linux-android23", "", "-Wl,-z,notext", source);
    assert_eq!(
        check(&of("arm64-v8a", &library)).unwrap_err(),
        ["it has relocations in its code, which Android refuses"]
    );
}

#[test]
fn a_library_that_is_not_stripped_is_refused() {
    let workshop = Workshop::new();
    workshop.put("c.c", b"void malloc(void) {}");
    workshop.put("library.c", SOURCE.as_bytes());
    let clang = "clang --target=aarch64-linux-android23 -fPIC -w -nostdlib -shared -fuse-ld=lld";
    workshop.run(&format!("{clang} -Wl,-soname,libc.so c.c -o libc.so"));
    workshop.run(&format!("{clang} {LINK} library.c -L. -lc -o library.so"));
    assert_eq!(
        check(&of("arm64-v8a", &workshop.path("library.so"))).unwrap_err(),
        ["it is not stripped"]
    );
}

#[test]
fn a_library_that_shows_other_names_than_a_phone_would_load_is_refused() {
    let workshop = Workshop::new();
    let mut data = fs::read(library(&workshop, "aarch64-linux-android23", "", "", "")).unwrap();
    let number =
        |data: &[u8], at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap()) as usize;
    // The section's offset, in its header, moved on by one entry.
    let headers = number(&data, 0x28);
    let dynamic = (headers..data.len()).step_by(0x40).find(|at| data[at + 4] == 6).unwrap();
    let moved = number(&data, dynamic + 0x18) + 16;
    data[dynamic + 0x18..dynamic + 0x20].copy_from_slice(&moved.to_le_bytes());
    let reasons = check(&of("arm64-v8a", &workshop.put("moved.so", &data))).unwrap_err();
    assert!(
        reasons.contains(&"its sections and its segments do not agree".to_owned()),
        "{reasons:?}"
    );
}

#[test]
fn a_library_for_another_processor_is_refused() {
    let workshop = Workshop::new();
    let library = library(&workshop, "x86_64-linux-android23", "", "", "");
    assert_eq!(check(&of("arm64-v8a", &library)).unwrap_err(), ["it is for another processor"]);
}

#[test]
fn what_is_no_library_of_ours_is_refused() {
    let workshop = Workshop::new();
    let text = workshop.put("a.so", b"not a library");
    assert_eq!(check(&of("arm64-v8a", &text)).unwrap_err(), ["it is not an ELF file"]);
    let mut cut = fs::read(library(&workshop, "aarch64-linux-android23", "", "", "")).unwrap();
    cut.truncate(cut.len() / 2);
    let cut = workshop.put("b.so", &cut);
    assert!(check(&of("arm64-v8a", &cut)).unwrap_err()[0].starts_with("it is damaged"));
    // zlib, such as the machine may have it.
    let reasons = check(&of("arm64-v8a", &workshop.path("libz.so"))).unwrap_err();
    assert!(
        reasons.contains(&"it does not have the functions of this library".to_owned()),
        "{reasons:?}"
    );
}

#[test]
fn of_other_libraries_in_an_archive_only_what_the_phone_asks_is_asked() {
    let workshop = Workshop::new();
    let ours = library(&workshop, "aarch64-linux-android23", "", "", "");
    fs::create_dir_all(workshop.path("app/lib/arm64-v8a")).unwrap();
    fs::copy(ours, workshop.path("app/lib/arm64-v8a/libscan_login_ffi.so")).unwrap();
    for (pages, is_good) in [("16384", true), ("4096", false)] {
        workshop.run(&format!(
            "clang --target=aarch64-linux-android23 -nostdlib -shared -fuse-ld=lld -w -Wl,-z,max-page-size={pages} z.c -o libjnidispatch.so"
        ));
        fs::copy(
            workshop.path("libjnidispatch.so"),
            workshop.path("app/lib/arm64-v8a/libjnidispatch.so"),
        )
        .unwrap();
        let told = check(workshop.path("app/lib").to_str().unwrap());
        match is_good {
            true => assert!(told.unwrap().contains("libjnidispatch.so")),
            false => assert_eq!(
                told.unwrap_err(),
                [
                    "arm64-v8a/libjnidispatch.so is refused for arm64-v8a: a segment is not aligned to 16 KiB"
                ]
            ),
        }
    }
}
