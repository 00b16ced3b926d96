use crate::support::apple::{DEVICE, archive};
use crate::support::{Workshop, check, of};

#[test]
fn an_archive_as_it_should_be_is_good_for_each_platform() {
    let workshop = Workshop::new();
    for (platform, target) in [
        ("ios-arm64", DEVICE),
        ("ios-arm64-simulator", "arm64-apple-ios15.0-simulator"),
        ("ios-x86_64-simulator", "x86_64-apple-ios15.0-simulator"),
        ("macos-arm64", "arm64-apple-macos12.0"),
    ] {
        let archive = archive(&workshop, target, "");
        check(&of(platform, &archive)).unwrap_or_else(|reasons| panic!("{platform}: {reasons:?}"));
    }
    workshop.run("llvm-lipo -create arm64-apple-ios15.0-simulator.a x86_64-apple-ios15.0-simulator.a -output both.a");
    check(&of("ios-arm64_x86_64-simulator", &workshop.path("both.a"))).unwrap();
    assert_eq!(
        check(&of("ios-arm64-simulator", &workshop.path("both.a"))).unwrap_err(),
        ["its processors are: arm64 x86_64"]
    );
}

#[test]
fn what_was_made_for_other_phones_is_refused() {
    for (target, reason) in [
        ("arm64-apple-ios15.0-simulator", "not made for ios 15.0: library.o"),
        ("arm64-apple-ios16.0", "not made for ios 15.0: library.o"),
        ("arm64-apple-macos12.0", "not made for ios 15.0: library.o"),
        ("x86_64-apple-ios15.0", "its processors are: x86_64"),
    ] {
        let workshop = Workshop::new();
        let reasons = check(&of("ios-arm64", &archive(&workshop, target, ""))).unwrap_err();
        assert!(reasons.contains(&reason.to_owned()), "{target}: {reasons:?}");
    }
}

#[test]
fn what_the_system_is_not_known_to_be_asked_for_is_refused() {
    let rows = [
        (
            "void dlopen_of_another(void); void a(void) { dlopen_of_another(); }",
            "it asks for what it is not known to ask for: dlopen_of_another",
        ),
        (
            "void mach_absolute_time(void); void a(void) { mach_absolute_time(); }",
            "mach_absolute_time needs a reason in the privacy manifest, under NSPrivacyAccessedAPICategorySystemBootTime",
        ),
        (
            "const char *a(void) { return \"/Users/alice/scan-login/src/lib.rs\"; }",
            "it names a folder of the machine it was built on: /Users/alice/scan-login/src/lib.rs",
        ),
    ];
    for (source, reason) in rows {
        let workshop = Workshop::new();
        let reasons = check(&of("ios-arm64", &archive(&workshop, DEVICE, source))).unwrap_err();
        assert!(reasons.contains(&reason.to_owned()), "{reasons:?}");
    }
    // A reason for it is in the manifest.
    let workshop = Workshop::new();
    check(&of(
        "ios-arm64",
        &archive(&workshop, DEVICE, "void fstat(void); void a(void) { fstat(); }"),
    ))
    .unwrap();
}

#[test]
fn what_is_no_archive_of_ours_is_refused() {
    let workshop = Workshop::new();
    let refused =
        |name: &str, data: &[u8]| check(&of("ios-arm64", &workshop.put(name, data))).unwrap_err();
    assert!(refused("a.a", b"a text file")[0].starts_with("it is damaged"));
    assert_eq!(refused("b.a", b"!<arch>\n"), ["its processors are: "]);
    archive(&workshop, DEVICE, "");
    workshop.put("notes.txt", b"a text file");
    workshop.run("llvm-ar --format=darwin rcs mixed.a library.o notes.txt");
    let reasons = check(&of("ios-arm64", &workshop.path("mixed.a"))).unwrap_err();
    assert!(
        reasons.contains(&"what is in it is not all Mach-O: notes.txt".to_owned()),
        "{reasons:?}"
    );
    workshop.put("other.c", b"void inflate(void) {}");
    workshop.run(&format!("clang --target={DEVICE} -c other.c -o other.o"));
    workshop.run("llvm-ar --format=darwin rcs other.a other.o");
    let reasons = check(&of("ios-arm64", &workshop.path("other.a"))).unwrap_err();
    assert_eq!(reasons, ["it does not have the functions of this library"]);
}
