//! What a library for the JVM must be, so that JNA finds and loads it: of the platform that its folder is named after.

use object::read::NameOrOrdinal;
use object::{File, Object, ObjectKind};

use super::{folder_of_a_machine, is_our_export};
use crate::platform::Jvm;

pub(super) fn refusals(data: &[u8], jvm: &Jvm) -> Vec<String> {
    let Ok(file) = File::parse(data) else {
        return vec!["it is not a library".to_owned()];
    };
    let mut refusals = Vec::new();
    if file.kind() != ObjectKind::Dynamic {
        refusals.push("it is not a dynamic library".to_owned());
    }
    if (file.format(), file.architecture()) != (jvm.format, jvm.architecture) {
        refusals.push(format!("it is of {:?} for {:?}", file.format(), file.architecture()));
    }
    // Mach-O puts an underscore before each name.
    let is_ours = |export: &object::Export<'_>| matches!(export.name(), NameOrOrdinal::Name(name) if is_our_export(String::from_utf8_lossy(name).trim_start_matches('_')));
    if !file.exports().into_iter().flatten().flatten().any(|export| is_ours(&export)) {
        refusals.push("it does not have the functions of this library".to_owned());
    }
    refusals
}

pub(super) fn refusals_for_release(data: &[u8]) -> Vec<String> {
    let mut refusals = Vec::new();
    if File::parse(data).is_ok_and(|file| file.has_debug_symbols()) {
        refusals.push("it has debug information".to_owned());
    }
    if let Some(folder) = folder_of_a_machine(data) {
        refusals.push(format!("it names a folder of the machine it was built on: {folder}"));
    }
    refusals
}
