//! What a library is for, in the words of those who look for it: Android's ABIs, JNA's and XCFrameworks' platforms.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, bail};
use object::BinaryFormat::{self, Elf, MachO, Pe};
use object::{Architecture, elf};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Platform {
    Android(&'static Abi),
    Apple(Apple),
    Jvm(&'static Jvm),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Abi {
    pub(crate) name: &'static str,
    pub(crate) machine: elf::Machine,
    /// What our library may take, in bytes: some per cent over what it took when this was set. See docs/size.md.
    pub(crate) ceiling: usize,
}

/// A platform, perhaps a simulator, and its processors: one slice of an XCFramework.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Apple {
    pub(crate) system: &'static str,
    pub(crate) processors: Vec<&'static str>,
    pub(crate) simulator: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Jvm {
    pub(crate) name: &'static str,
    pub(crate) format: BinaryFormat,
    pub(crate) architecture: Architecture,
    /// The library's file name there.
    pub(crate) file: &'static str,
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        if let Some(abi) = ABIS.iter().find(|abi| abi.name == name) {
            return Ok(Self::Android(abi));
        }
        if let Some(jvm) = JVMS.iter().find(|jvm| jvm.name == name) {
            return Ok(Self::Jvm(jvm));
        }
        if let Some(apple) = Apple::of(name) {
            return Ok(Self::Apple(apple));
        }
        bail!(
            "there is no platform {name}: Android has {}; JNA has {}; an XCFramework ios-arm64, ios-arm64_x86_64-simulator, macos-arm64_x86_64 and the like",
            ABIS.map(|abi| abi.name).join(", "),
            JVMS.map(|jvm| jvm.name).join(", "),
        )
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Android(abi) => f.write_str(abi.name),
            Self::Jvm(jvm) => f.write_str(jvm.name),
            Self::Apple(apple) => {
                let simulator = if apple.simulator { "-simulator" } else { "" };
                write!(f, "{}-{}{simulator}", apple.system, apple.processors.join("_"))
            }
        }
    }
}

impl Apple {
    fn of(name: &str) -> Option<Self> {
        let (name, simulator) = match name.strip_suffix("-simulator") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (system, processors) = name.split_once('-')?;
        let system = *["ios", "macos"].iter().find(|known| **known == system)?;
        if simulator && system == "macos" {
            return None;
        }
        let processors = match processors {
            "arm64" => vec!["arm64"],
            "x86_64" => vec!["x86_64"],
            "arm64_x86_64" => vec!["arm64", "x86_64"],
            _ => return None,
        };
        Some(Self { system, processors, simulator })
    }
}

const ABIS: [Abi; 4] = [
    Abi { name: "arm64-v8a", machine: elf::EM_AARCH64, ceiling: 3_300_000 },
    Abi { name: "armeabi-v7a", machine: elf::EM_ARM, ceiling: 2_300_000 },
    Abi { name: "x86_64", machine: elf::EM_X86_64, ceiling: 3_900_000 },
    Abi { name: "x86", machine: elf::EM_386, ceiling: 3_600_000 },
];

/// `com.sun.jna.Platform.RESOURCE_PREFIX`, of the desktops and servers that Rust and the JVM share.
const JVMS: [Jvm; 6] = [
    Jvm {
        name: "linux-x86-64",
        format: Elf,
        architecture: Architecture::X86_64,
        file: "libscan_login_ffi.so",
    },
    Jvm {
        name: "linux-aarch64",
        format: Elf,
        architecture: Architecture::Aarch64,
        file: "libscan_login_ffi.so",
    },
    Jvm {
        name: "darwin-x86-64",
        format: MachO,
        architecture: Architecture::X86_64,
        file: "libscan_login_ffi.dylib",
    },
    Jvm {
        name: "darwin-aarch64",
        format: MachO,
        architecture: Architecture::Aarch64,
        file: "libscan_login_ffi.dylib",
    },
    Jvm {
        name: "win32-x86-64",
        format: Pe,
        architecture: Architecture::X86_64,
        file: "scan_login_ffi.dll",
    },
    Jvm {
        name: "win32-aarch64",
        format: Pe,
        architecture: Architecture::Aarch64,
        file: "scan_login_ffi.dll",
    },
];
