use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Workshop, cache, packaging};

fn components(bom: &Value) -> impl Iterator<Item = &Value> {
    bom["components"].as_array().unwrap().iter().chain([&bom["metadata"]["component"]])
}

fn bom(workshop: &Workshop, name: &str) -> Value {
    packaging(&["sbom", "--out", workshop.path(name).to_str().unwrap()]).unwrap();
    serde_json::from_slice(&fs::read(workshop.path(name)).unwrap()).unwrap()
}

#[test]
fn the_bill_of_materials_names_each_crate_once_with_version_licence_and_checksum() {
    let workshop = Workshop::new();
    let bom = bom(&workshop, "bom.json");
    assert_eq!(
        (bom["bomFormat"].as_str(), bom["specVersion"].as_str()),
        (Some("CycloneDX"), Some("1.6"))
    );
    let mut references = BTreeSet::new();
    for component in components(&bom) {
        let (name, version) =
            (component["name"].as_str().unwrap(), component["version"].as_str().unwrap());
        let reference = component["bom-ref"].as_str().unwrap();
        assert_eq!(component["type"], "library");
        assert_eq!(reference, format!("pkg:cargo/{name}@{version}"));
        assert_eq!(component["purl"], reference);
        assert!(references.insert(reference.to_owned()), "{reference} twice");
        let licence = component["licenses"][0]["expression"].as_str().unwrap();
        assert!(
            !licence.is_empty() && !licence.contains('/') && !licence.contains("GPL"),
            "{reference}: {licence}"
        );
        let sum = component["hashes"][0]["content"].as_str();
        assert!(
            name.starts_with("scan-login") || sum.is_some_and(|sum| sum.len() == 64),
            "{reference}"
        );
    }
    for used in bom["dependencies"].as_array().unwrap() {
        let uses = used["dependsOn"].as_array().unwrap().iter().chain([&used["ref"]]);
        for reference in uses {
            assert!(references.contains(reference.as_str().unwrap()), "{reference}");
        }
    }
    let named = |name: &str| {
        references.iter().any(|reference| reference.starts_with(&format!("pkg:cargo/{name}@")))
    };
    // What is linked in; and what only the tests and the compiler use.
    assert!(named("scan-login") && named("reqwest") && named("ring") && named("uniffi_core"));
    assert!(!named("genauth") && !named("axum") && !named("syn"));
}

#[test]
fn the_notices_name_all_that_is_linked_in_and_have_a_text_for_each() {
    let workshop = Workshop::new();
    let (std, out) =
        (cache().join("cross/usr/lib/rustlib/src/rust/library"), workshop.path("notices.txt"));
    packaging(&["notices", "--std", std.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .unwrap();
    let notices = fs::read_to_string(out).unwrap();
    let (table, texts) = notices.split_once("\n====").unwrap();
    let listed: Vec<_> = table.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(listed.is_sorted());
    let has_text = |name: &str| {
        texts
            .split("\n\n")
            .any(|block| block.replace('\n', ", ").split(", ").any(|word| word == name))
    };
    for line in &listed {
        let name = line.split_once(": ").unwrap().0;
        assert!(name.starts_with("LLVM") || has_text(name), "{name} has no text");
    }
    let bom = bom(&workshop, "bom.json");
    for component in components(&bom).filter(|component| component.get("hashes").is_some()) {
        let name = format!(
            "{} {}: ",
            component["name"].as_str().unwrap(),
            component["version"].as_str().unwrap()
        );
        assert!(listed.iter().any(|line| line.starts_with(&name)), "{name}");
    }
    for also in ["std 0.0.0: ", "gimli ", "LLVM's unwinder"] {
        assert!(listed.iter().any(|line| line.starts_with(also)), "{also}");
    }
    assert!(texts.contains("Mozilla Public License Version 2.0"));
}
