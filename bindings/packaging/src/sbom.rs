//! A bill of materials in CycloneDX's JSON: what is linked in, in which version, under which licence, and what uses what.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use cargo_metadata::Package;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::dependencies::{Crate, Dependencies, repository};

/// Without a serial number and a time, so that it says the same for the same sources.
pub(crate) fn json() -> Result<String> {
    let dependencies =
        Dependencies::of(&repository().join("uniffi/Cargo.toml"), "scan-login-ffi", "")?;
    let checksums = checksums()?;
    let components = dependencies
        .packages
        .iter()
        .map(|(used, package)| Component::new(used, package, checksums.get(used)));
    let (root, components): (Vec<_>, Vec<_>) =
        components.partition(|component| component.name == "scan-login-ffi");
    let uses = dependencies.uses.iter().map(|(user, used)| {
        json!({ "ref": reference(user), "dependsOn": used.iter().map(reference).collect::<Vec<_>>() })
    });
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": root.first() },
        "components": components,
        "dependencies": uses.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&bom)? + "\n")
}

/// A component, with the standard's names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    name: String,
    version: String,
    licenses: Vec<Licence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    purl: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<ExternalReference>,
}

#[derive(Serialize)]
struct Licence {
    expression: String,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
struct ExternalReference {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

impl Component {
    fn new(used: &Crate, package: &Package, checksum: Option<&String>) -> Self {
        // Older crates write the choice as a slash.
        let licence =
            package.license.iter().map(|licence| licence.replace(" / ", "/").replace('/', " OR "));
        let repository = package.repository.iter().cloned();
        Self {
            kind: "library",
            reference: reference(used),
            name: used.name.clone(),
            version: used.version.clone(),
            licenses: licence.map(|expression| Licence { expression }).collect(),
            hashes: checksum
                .iter()
                .map(|sum| Hash { alg: "SHA-256", content: (*sum).clone() })
                .collect(),
            purl: reference(used),
            external_references: repository
                .map(|url| ExternalReference { kind: "vcs", url })
                .collect(),
        }
    }
}

fn reference(used: &Crate) -> String {
    format!("pkg:cargo/{}@{}", used.name, used.version)
}

fn checksums() -> Result<BTreeMap<Crate, String>> {
    let path = repository().join("Cargo.lock");
    let lock: Lock =
        toml::from_str(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())?;
    let crates = lock.package.into_iter();
    Ok(crates
        .filter_map(|one| Some((Crate { name: one.name, version: one.version }, one.checksum?)))
        .collect())
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}
