//! The README shows code that is compiled and run.

/// The Kotlin and Swift code of the README is, to the letter, part of the samples that the tests of the
/// bindings compile and run.
#[test]
fn the_code_in_the_readme_is_that_of_the_samples() {
    let readme = include_str!("../../README.md");
    let samples = [
        include_str!("../../bindings/kotlin/src/test/dev/scanlogin/samples/FirstApproval.kt"),
        include_str!("../../bindings/kotlin/src/test/dev/scanlogin/samples/Camera.kt"),
        include_str!("../../bindings/swift/Tests/ScanLoginTests/Samples/FirstApproval.swift"),
        include_str!("../../bindings/swift/Tests/ScanLoginTests/Samples/Camera.swift"),
    ];
    let mut shown = 0;
    for language in ["kotlin", "swift"] {
        for block in readme.split(&format!("```{language}\n")).skip(1) {
            let code = block.split("```").next().unwrap_or_default();
            assert!(samples.iter().any(|sample| sample.contains(code)), "{code}");
            shown += 1;
        }
    }
    assert_eq!(shown, samples.len());
}
