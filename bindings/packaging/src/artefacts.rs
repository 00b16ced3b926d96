//! The archives that apps take. Nothing that a gate refuses gets into one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use object::Object;
use plist::{Dictionary, Value};

use crate::archive::Archive;
use crate::library::Library;
use crate::platform::{Apple, Platform};

/// A JAR with the classes, and the libraries where JNA looks for them.
pub(crate) fn jar(libraries: &[Library], classes: &[PathBuf], with: &[PathBuf]) -> Result<Archive> {
    let mut jar = classes_jar(classes)?;
    jar.put("META-INF/MANIFEST.MF", MANIFEST)?;
    put_files(&mut jar, "META-INF/scan-login/", with)?;
    for library in libraries {
        let Platform::Jvm(jvm) = &library.platform else {
            bail!("a JAR is for the JVM, which has no platform {}", library.platform);
        };
        library.check()?;
        jar.put(&format!("{}/{}", jvm.name, jvm.file), library.data.as_slice())?;
    }
    Ok(jar)
}

/// An AAR with the classes, the libraries by ABI, and what Android's tools ask for.
pub(crate) fn aar(libraries: &[Library], classes: &[PathBuf], with: &[PathBuf]) -> Result<Archive> {
    let mut aar = Archive::default();
    for library in libraries {
        let Platform::Android(abi) = &library.platform else {
            bail!("an AAR is for Android, which has no ABI {}", library.platform);
        };
        library.check()?;
        aar.put(&format!("jni/{}/libscan_login_ffi.so", abi.name), library.data.as_slice())?;
    }
    aar.put("classes.jar", classes_jar(classes)?.bytes()?)?;
    aar.put("AndroidManifest.xml", include_str!("../android/AndroidManifest.xml"))?;
    aar.put("proguard.txt", include_str!("../android/proguard.txt"))?;
    aar.put("R.txt", "")?;
    aar.put("META-INF/com/android/build/gradle/aar-metadata.properties", AAR_METADATA)?;
    put_files(&mut aar, "", with)?;
    Ok(aar)
}

/// An XCFramework: a folder for each platform, and a list of them.
pub(crate) fn xcframework(
    libraries: &[Library],
    headers: &Path,
    with: &[PathBuf],
) -> Result<Archive> {
    let mut framework = Archive::default();
    let mut slices = Vec::new();
    for library in libraries {
        let Platform::Apple(apple) = &library.platform else {
            bail!("an XCFramework is for Apple's platforms, and {} is none", library.platform);
        };
        library.check()?;
        let name = library.platform.to_string();
        framework.put(&format!("{name}/{STATIC}"), library.data.as_slice())?;
        // In a folder of its own, for the headers of all frameworks of an app land in one.
        framework.put_path(
            &format!("{name}/Headers/ScanLoginFFI/ScanLoginFFI.h"),
            &headers.join("ScanLoginFFI.h"),
        )?;
        let map = headers.join("module.modulemap");
        let map = std::fs::read_to_string(&map).with_context(|| map.display().to_string())?;
        // The library comes with the framework, and is not to be looked for elsewhere.
        let map: String = map
            .lines()
            .filter(|line| !line.trim_start().starts_with("link "))
            .map(|line| format!("{line}\n"))
            .collect();
        framework.put(&format!("{name}/Headers/ScanLoginFFI/module.modulemap"), map)?;
        slices.push((name, apple));
    }
    slices.sort_by(|a, b| a.0.cmp(&b.0));
    let mut info = Vec::new();
    Value::Dictionary(information(&slices)).to_writer_xml(&mut info)?;
    framework.put("Info.plist", info)?;
    put_files(&mut framework, "", with)?;
    Ok(framework)
}

/// A zip file of `[NAME=]PATH`s.
pub(crate) fn zip(what: &[String]) -> Result<Archive> {
    let mut zip = Archive::default();
    for argument in what {
        let (name, path) = argument.split_once('=').unwrap_or(("", argument));
        zip.put_path(name, Path::new(path))?;
    }
    Ok(zip)
}

/// Debug information in the layout of GDB and LLVM: `.build-id/ab/cdef….debug`.
pub(crate) fn symbols(files: &[PathBuf]) -> Result<Archive> {
    let mut symbols = Archive::default();
    for path in files {
        let told = || path.display().to_string();
        let data = std::fs::read(path).with_context(told)?;
        let build_id = object::File::parse(&*data)
            .with_context(told)?
            .build_id()
            .with_context(told)?
            .with_context(|| format!("{} has no build id", told()))?;
        let build_id = hex::encode(build_id);
        let (first, rest) = build_id.split_at(2);
        symbols.put(&format!(".build-id/{first}/{rest}.debug"), data)?;
    }
    Ok(symbols)
}

/// Our classes, and what the compiler says of them: stand-ins for other people's classes stay out.
fn classes_jar(folders: &[PathBuf]) -> Result<Archive> {
    let mut jar = Archive::default();
    for folder in folders {
        let parts = ["META-INF", "dev"].into_iter().filter(|part| folder.join(part).exists());
        for part in parts.clone() {
            jar.put_path(part, &folder.join(part))?;
        }
        if parts.count() == 0 {
            bail!("there are no classes in {}", folder.display());
        }
    }
    Ok(jar)
}

fn put_files(archive: &mut Archive, folder: &str, files: &[PathBuf]) -> Result<()> {
    for file in files {
        let name = file.file_name().with_context(|| format!("{} is no file", file.display()))?;
        archive.put_path(&format!("{folder}{}", name.display()), file)?;
    }
    Ok(())
}

fn information(slices: &[(String, &Apple)]) -> Dictionary {
    let libraries = slices.iter().map(|(name, apple)| {
        let mut library = Dictionary::new();
        library.insert("BinaryPath".into(), STATIC.into());
        library.insert("HeadersPath".into(), "Headers".into());
        library.insert("LibraryIdentifier".into(), name.as_str().into());
        library.insert("LibraryPath".into(), STATIC.into());
        let processors = apple.processors.iter().map(|processor| Value::from(*processor));
        library.insert("SupportedArchitectures".into(), Value::Array(processors.collect()));
        library.insert("SupportedPlatform".into(), apple.system.into());
        if apple.simulator {
            library.insert("SupportedPlatformVariant".into(), "simulator".into());
        }
        Value::Dictionary(library)
    });
    let mut info = Dictionary::new();
    info.insert("AvailableLibraries".into(), Value::Array(libraries.collect()));
    info.insert("CFBundlePackageType".into(), "XFWK".into());
    info.insert("XCFrameworkFormatVersion".into(), "1.0".into());
    info
}

const STATIC: &str = "libscan_login_ffi.a";
const MANIFEST: &str = "Manifest-Version: 1.0\r\nAutomatic-Module-Name: dev.scanlogin\r\n\r\n";
/// Without these two, Android's Gradle plugin refuses an AAR that has such a file; and a later one may ask for the file.
const AAR_METADATA: &str = "aarFormatVersion=1.0\naarMetadataVersion=1.0\n";
