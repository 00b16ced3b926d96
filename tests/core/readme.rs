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
    let mut shown = [0; 4];
    for language in ["kotlin", "swift"] {
        for block in readme.split(&format!("```{language}\n")).skip(1) {
            let code = block.split("```").next().unwrap_or_default();
            let sample = samples.iter().position(|sample| sample.contains(code));
            shown[sample.unwrap_or_else(|| panic!("{code}"))] += 1;
        }
    }
    // In steps: the client, the approval.
    assert_eq!(shown, [2, 1, 2, 1]);
}
