//! What Xcode and Apple's store ask of a static library that apps link in.

use std::collections::BTreeSet;

use object::macho::{self, MachHeader64};
use object::read::archive::ArchiveFile;
use object::read::macho::{FatArch, MachOFatFile32, MachOFile};
use object::{Endianness, FileKind, Object, ObjectSymbol};
use serde::Deserialize;

use super::{folder_of_a_machine, is_our_export, listed, reviewed};
use crate::platform::Apple;

pub(super) fn refusals(data: &[u8], apple: &Apple) -> Vec<String> {
    let slices = match slices(data) {
        Ok(slices) => slices,
        Err(error) => return vec![format!("it is damaged: {error}")],
    };
    let mut refusals = Vec::new();
    let processors: Vec<_> = slices.iter().map(|(processor, _)| *processor).collect();
    if processors != apple.processors {
        refusals.push(format!("its processors are: {}", processors.join(" ")));
    }
    for (_, archive) in slices {
        refusals.extend(
            refusals_of_slice(archive, apple)
                .unwrap_or_else(|error| vec![format!("it is damaged: {error}")]),
        );
    }
    if let Some(folder) = folder_of_a_machine(data) {
        refusals.push(format!("it names a folder of the machine it was built on: {folder}"));
    }
    let ceiling = CEILING * apple.processors.len();
    if data.len() > ceiling {
        refusals
            .push(format!("its {} bytes are more than the {ceiling} that it may have", data.len()));
    }
    refusals
}

/// The archive of each processor, by Apple's name of it.
fn slices(data: &[u8]) -> object::Result<Vec<(&'static str, &[u8])>> {
    if let Ok(FileKind::MachOFat32) = FileKind::parse(data) {
        let file = MachOFatFile32::parse(data)?;
        let mut slices: Vec<_> = file
            .arches()
            .iter()
            .map(|arch| Ok((processor(arch.cputype()), arch.data(data)?)))
            .collect::<object::Result<_>>()?;
        slices.sort();
        return Ok(slices);
    }
    // One archive says of its members alone what they are for.
    let mut processors = BTreeSet::new();
    let archive = ArchiveFile::parse(data)?;
    for member in archive.members() {
        let member = member?.data(data)?;
        processors.insert(match MachOFile::<MachHeader64<Endianness>>::parse(member) {
            Ok(file) => processor(file.macho_header().cputype.get(file.endian())),
            Err(_) => "no Mach-O",
        });
    }
    Ok(processors.into_iter().map(|processor| (processor, data)).collect())
}

fn processor(kind: macho::CpuType) -> &'static str {
    match kind {
        macho::CPU_TYPE_ARM64 => "arm64",
        macho::CPU_TYPE_X86_64 => "x86_64",
        _ => "another",
    }
}

fn refusals_of_slice(data: &[u8], apple: &Apple) -> object::Result<Vec<String>> {
    let (platform, minimum) = match (apple.system, apple.simulator) {
        ("macos", _) => (macho::PLATFORM_MACOS, MACOS),
        (_, false) => (macho::PLATFORM_IOS, IOS),
        (_, true) => (macho::PLATFORM_IOSSIMULATOR, IOS),
    };
    let mut refusals = Vec::new();
    let (mut has, mut asks) = (BTreeSet::new(), BTreeSet::new());
    let (mut strangers, mut others) = (BTreeSet::new(), BTreeSet::new());
    for member in ArchiveFile::parse(data)?.members() {
        let member = member?;
        let name = String::from_utf8_lossy(member.name()).into_owned();
        let Ok(file) = MachOFile::<MachHeader64<Endianness>>::parse(member.data(data)?) else {
            strangers.insert(name);
            continue;
        };
        let endian = file.endian();
        let made_for = file
            .build_version()?
            .map(|(version, _)| (version.platform.get(endian), version.minos.get(endian).0));
        if made_for != Some((platform, minimum)) {
            others.insert(name);
        }
        for symbol in file.symbols().filter(|symbol| symbol.is_undefined() || symbol.is_global()) {
            let name = symbol.name()?.strip_prefix('_').unwrap_or_default();
            if symbol.is_undefined() {
                asks.insert(name)
            } else {
                has.insert(name)
            };
        }
    }
    let told = |names: &BTreeSet<String>| listed(names.iter().map(String::as_str));
    if !strangers.is_empty() {
        refusals.push(format!("what is in it is not all Mach-O: {}", told(&strangers)));
    }
    if !others.is_empty() {
        let minimum = format!("{}.{}", minimum >> 16, minimum >> 8 & 0xff);
        refusals.push(format!(
            "not made for {apple_name} {minimum}: {}",
            told(&others),
            apple_name = apple.system
        ));
    }
    if !has.iter().any(|name| is_our_export(name)) {
        refusals.push("it does not have the functions of this library".to_owned());
    }
    let system: BTreeSet<_> = asks.difference(&has).copied().collect();
    let known: BTreeSet<_> = reviewed(include_str!("../../apple-symbols.txt")).collect();
    let unknown: Vec<_> = system.difference(&known).copied().collect();
    if !unknown.is_empty() {
        refusals.push(format!("it asks for what it is not known to ask for: {}", listed(unknown)));
    }
    refusals.extend(undeclared(&system));
    Ok(refusals)
}

/// Calls for which Apple wants a reason, and the privacy manifest gives none.
fn undeclared(system: &BTreeSet<&str>) -> Vec<String> {
    let Ok(manifest) = plist::from_bytes::<PrivacyManifest>(PRIVACY_MANIFEST) else {
        return vec!["the privacy manifest cannot be read".to_owned()];
    };
    let declared: BTreeSet<_> = manifest
        .accessed
        .iter()
        .filter(|api| !api.reasons.is_empty())
        .map(|api| api.category.as_str())
        .collect();
    REASONS
        .iter()
        .filter(|(name, categories)| {
            system.contains(name) && !categories.iter().any(|category| declared.contains(category))
        })
        .map(|(name, categories)| {
            format!(
                "{name} needs a reason in the privacy manifest, under {}",
                categories.join(" or ")
            )
        })
        .collect()
}

#[derive(Deserialize)]
struct PrivacyManifest {
    #[serde(rename = "NSPrivacyAccessedAPITypes")]
    accessed: Vec<AccessedApi>,
}

#[derive(Deserialize)]
struct AccessedApi {
    #[serde(rename = "NSPrivacyAccessedAPIType")]
    category: String,
    #[serde(rename = "NSPrivacyAccessedAPITypeReasons")]
    reasons: Vec<String>,
}

const PRIVACY_MANIFEST: &[u8] =
    include_bytes!("../../../swift/Sources/ScanLogin/PrivacyInfo.xcprivacy");

const TIMESTAMP: &str = "NSPrivacyAccessedAPICategoryFileTimestamp";
const DISK: &str = "NSPrivacyAccessedAPICategoryDiskSpace";
const BOOT: &str = "NSPrivacyAccessedAPICategorySystemBootTime";

/// Apple's list of calls that need a reason, as far as C has them.
const REASONS: [(&str, &[&str]); 15] = [
    ("stat", &[TIMESTAMP]),
    ("stat$INODE64", &[TIMESTAMP]),
    ("fstat", &[TIMESTAMP]),
    ("fstat$INODE64", &[TIMESTAMP]),
    ("fstatat", &[TIMESTAMP]),
    ("fstatat$INODE64", &[TIMESTAMP]),
    ("lstat", &[TIMESTAMP]),
    ("lstat$INODE64", &[TIMESTAMP]),
    ("getattrlist", &[TIMESTAMP, DISK]),
    ("getattrlistbulk", &[TIMESTAMP]),
    ("fgetattrlist", &[TIMESTAMP, DISK]),
    ("getattrlistat", &[TIMESTAMP, DISK]),
    ("statfs", &[DISK]),
    ("statvfs", &[DISK]),
    ("mach_absolute_time", &[BOOT]),
];

/// The oldest releases that bindings/build builds for: 15.0 and 12.0, as Mach-O writes them.
const IOS: u32 = 15 << 16;
const MACOS: u32 = 12 << 16;
/// In bytes, a processor. See docs/size.md.
const CEILING: usize = 6_500_000;
