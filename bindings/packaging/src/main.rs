//! What `bindings/package` and `bindings/release` are made of: gates for the built libraries, and the archives of them that
//! Gradle, Maven and SwiftPM take. Two runs over the same files write the same bytes.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

mod archive;
mod artefacts;
mod dependencies;
mod gate;
mod library;
mod maven;
mod notices;
mod platform;
mod sbom;

use library::Library;

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks libraries, and those in archives, for what must not be shipped.
    Check {
        /// PLATFORM=FILE, or an .aar, .apk, .jar or .xcframework.
        #[arg(required = true)]
        what: Vec<String>,
    },
    /// Packs dynamic libraries and classes as a JAR for the JVM.
    Jar(Packing),
    /// Packs dynamic libraries and classes as an AAR for Android.
    Aar(Packing),
    /// Packs static libraries as an XCFramework for Apple's platforms.
    Xcframework {
        #[command(flatten)]
        packing: Packing,
        /// The folder with the header and the module map.
        #[arg(long)]
        headers: PathBuf,
    },
    /// Writes the notices of all that is linked in.
    Notices {
        /// The folder of Rust's standard library's sources.
        #[arg(long)]
        std: PathBuf,
        #[arg(long)]
        out: PathBuf,
    },
    /// Writes what is linked in as a CycloneDX bill of materials.
    Sbom {
        #[arg(long)]
        out: PathBuf,
    },
    /// Packs folders as a zip file.
    Zip {
        #[arg(long)]
        out: PathBuf,
        /// [NAME=]PATH: a folder's content, or a file, under that name.
        #[arg(required = true)]
        what: Vec<String>,
    },
    /// Packs debug information where debuggers look for it: by build id.
    Symbols {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[arg(long)]
        out: PathBuf,
    },
    /// Adds an artefact to a Maven repository, with its POM and checksums.
    Maven(maven::Module),
}

#[derive(clap::Args)]
struct Packing {
    /// PLATFORM=FILE.
    #[arg(long = "lib", required = true)]
    libraries: Vec<Library>,
    /// A folder of classes.
    #[arg(long)]
    classes: Vec<PathBuf>,
    /// A file to put in as it is, such as a licence.
    #[arg(long)]
    with: Vec<PathBuf>,
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packaging: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Check { what } => check(&what),
        Command::Jar(packing) => {
            artefacts::jar(&packing.libraries, &packing.classes, &packing.with)?.write(&packing.out)
        }
        Command::Aar(packing) => {
            artefacts::aar(&packing.libraries, &packing.classes, &packing.with)?.write(&packing.out)
        }
        Command::Xcframework { packing, headers } => {
            artefacts::xcframework(&packing.libraries, &headers, &packing.with)?
                .unpack(&packing.out)
        }
        Command::Notices { std, out } => Ok(std::fs::write(out, notices::text(&std)?)?),
        Command::Sbom { out } => Ok(std::fs::write(out, sbom::json()?)?),
        Command::Zip { out, what } => artefacts::zip(&what)?.write(&out),
        Command::Symbols { files, out } => artefacts::symbols(&files)?.write(&out),
        Command::Maven(module) => module.write(),
    }
}

fn check(what: &[String]) -> Result<()> {
    let mut refused = 0;
    for argument in what {
        for library in library::found(argument)? {
            match library.check() {
                Ok(told) => println!("{told}"),
                Err(error) => {
                    eprintln!("{error:#}");
                    refused += 1;
                }
            }
        }
    }
    if refused > 0 {
        bail!("{refused} refused");
    }
    Ok(())
}
