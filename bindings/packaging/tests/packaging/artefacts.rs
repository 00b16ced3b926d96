//! What is in the archives that apps take, put together from small libraries.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use plist::Value;
use zip::ZipArchive;

use crate::support::{self, Workshop, of, packaging};

/// A library for Android, classes, and what packs both.
fn aar(workshop: &Workshop, out: &str) -> Result<String, String> {
    let library = support::android::library(workshop, "aarch64-linux-android23", "", "", "");
    pack(workshop, "aar", &of("arm64-v8a", &library), out)
}

fn pack(workshop: &Workshop, kind: &str, library: &str, out: &str) -> Result<String, String> {
    let classes = workshop.path("classes");
    fs::create_dir_all(classes.join("dev/scanlogin")).unwrap();
    fs::write(classes.join("dev/scanlogin/A.class"), "a class").unwrap();
    let licence = workshop.put("LICENSE", b"a licence");
    let (classes, licence, out) = (
        classes.display().to_string(),
        licence.display().to_string(),
        workshop.path(out).display().to_string(),
    );
    packaging(&[kind, "--lib", library, "--classes", &classes, "--with", &licence, "--out", &out])
}

fn files(archive: impl Read + std::io::Seek) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(archive).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index).unwrap();
            let mut data = Vec::new();
            entry.read_to_end(&mut data).unwrap();
            (entry.name().unwrap().into_owned(), String::from_utf8_lossy(&data).into_owned())
        })
        .collect()
}

fn files_of(path: &Path) -> BTreeMap<String, String> {
    files(File::open(path).unwrap())
}

#[test]
fn an_aar_has_what_androids_tools_look_for() {
    let workshop = Workshop::new();
    aar(&workshop, "a.aar").unwrap();
    let files = files_of(&workshop.path("a.aar"));
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AndroidManifest.xml",
            "LICENSE",
            "META-INF/com/android/build/gradle/aar-metadata.properties",
            "R.txt",
            "classes.jar",
            "jni/arm64-v8a/libscan_login_ffi.so",
            "proguard.txt",
        ]
    );
    assert!(files["AndroidManifest.xml"].contains("package=\"dev.scanlogin\""));
    assert!(files["AndroidManifest.xml"].contains("android:minSdkVersion=\"23\""));
    for rule in [
        "-keep class com.sun.jna.** { *; }",
        "-keep class dev.scanlogin.** { *; }",
        "-keepattributes RuntimeVisibleAnnotations",
    ] {
        assert!(files["proguard.txt"].lines().any(|line| line == rule), "{rule}");
    }
}

#[test]
fn a_jar_has_the_library_where_jna_looks() {
    let workshop = Workshop::new();
    workshop.put("library.c", b"void uniffi_scan_login_ffi_fn_call(void) {}");
    workshop.run(
        "clang --target=x86_64-linux-gnu -nostdlib -shared -fuse-ld=lld library.c -o any-name.so",
    );
    pack(&workshop, "jar", &of("linux-x86-64", &workshop.path("any-name.so")), "a.jar").unwrap();
    let names: Vec<_> = files_of(&workshop.path("a.jar")).into_keys().collect();
    assert_eq!(
        names,
        [
            "META-INF/MANIFEST.MF",
            "META-INF/scan-login/LICENSE",
            "dev/scanlogin/A.class",
            "linux-x86-64/libscan_login_ffi.so",
        ]
    );
}

#[test]
fn an_xcframework_holds_what_its_list_says() {
    let workshop = Workshop::new();
    let device = support::apple::archive(&workshop, support::apple::DEVICE, "");
    let simulator = support::apple::archive(&workshop, "arm64-apple-ios15.0-simulator", "");
    workshop.put("ScanLoginFFI.h", b"// the header\n");
    workshop.put(
        "module.modulemap",
        b"module ScanLoginFFI {\n    header \"ScanLoginFFI.h\"\n    link \"scan_login_ffi\"\n}\n",
    );
    let framework = workshop.path("ScanLoginFFI.xcframework");
    let arguments = [
        "xcframework",
        "--lib",
        &of("ios-arm64-simulator", &simulator),
        "--lib",
        &of("ios-arm64", &device),
        "--headers",
        workshop.path("").to_str().unwrap(),
        "--out",
        framework.to_str().unwrap(),
    ]
    .map(str::to_owned);
    packaging(&arguments.each_ref().map(String::as_str)).unwrap();
    let info = Value::from_file(framework.join("Info.plist")).unwrap();
    let info = info.as_dictionary().unwrap();
    let text = |dictionary: &plist::Dictionary, key: &str| {
        dictionary.get(key).and_then(Value::as_string).unwrap_or("none").to_owned()
    };
    assert_eq!(text(info, "CFBundlePackageType"), "XFWK");
    assert_eq!(text(info, "XCFrameworkFormatVersion"), "1.0");
    let mut slices = Vec::new();
    for library in info["AvailableLibraries"].as_array().unwrap() {
        let library = library.as_dictionary().unwrap();
        let folder = framework.join(text(library, "LibraryIdentifier"));
        let headers = folder.join(text(library, "HeadersPath")).join("ScanLoginFFI");
        assert!(folder.join(text(library, "LibraryPath")).is_file());
        assert!(folder.join(text(library, "BinaryPath")).is_file());
        assert!(headers.join("ScanLoginFFI.h").is_file());
        assert_eq!(
            fs::read_to_string(headers.join("module.modulemap")).unwrap(),
            "module ScanLoginFFI {\n    header \"ScanLoginFFI.h\"\n}\n"
        );
        let processors = library["SupportedArchitectures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_string().unwrap());
        slices.push([
            text(library, "SupportedPlatform"),
            text(library, "SupportedPlatformVariant"),
            processors.collect(),
        ]);
    }
    assert_eq!(slices, [["ios", "none", "arm64"], ["ios", "simulator", "arm64"]]);
    packaging(&["check", framework.to_str().unwrap()]).unwrap();
}

#[test]
fn nothing_that_a_gate_refuses_is_packed() {
    let workshop = Workshop::new();
    let text = workshop.put("text", b"a text file");
    support::android::library(&workshop, "aarch64-linux-android23", "", "", "");
    for (kind, library, reason) in [
        ("aar", of("arm64-v8a", &text), "it is not an ELF file"),
        (
            "aar",
            of("arm64-v8a", &workshop.path("libz.so")),
            "it does not have the functions of this library",
        ),
        ("aar", of("x86_64", &workshop.path("library.so")), "it is for another processor"),
        ("aar", of("linux-x86-64", &text), "an AAR is for Android, which has no ABI linux-x86-64"),
        ("jar", of("linux-x86-64", &workshop.path("library.so")), "it is of Elf for Aarch64"),
        (
            "jar",
            of("arm64-v8a", &workshop.path("library.so")),
            "a JAR is for the JVM, which has no platform arm64-v8a",
        ),
    ] {
        let refused = pack(&workshop, kind, &library, "refused").unwrap_err();
        assert!(refused.contains(reason), "{refused}");
        assert!(!workshop.path("refused").exists());
    }
    let out = workshop.path("a.xcframework").display().to_string();
    let headers = workshop.path("").display().to_string();
    let arguments =
        ["xcframework", "--lib", &of("ios-arm64", &text), "--headers", &headers, "--out", &out]
            .map(str::to_owned);
    let refused = packaging(&arguments.each_ref().map(String::as_str)).unwrap_err();
    assert!(refused.contains("it is damaged"), "{refused}");
    assert!(!workshop.path("a.xcframework").exists());
}

#[test]
fn a_maven_repository_has_each_file_with_its_checksums_and_a_pom_with_what_it_needs() {
    let workshop = Workshop::new();
    aar(&workshop, "a.aar").unwrap();
    workshop.put("jar", b"sources or documentation");
    let path = |name: &str| workshop.path(name).display().to_string();
    let (repository, file, jar) = (path("maven"), path("a.aar"), path("jar"));
    let arguments = [
        "maven",
        "--repository",
        &repository,
        "--artefact",
        "scan-login-android",
        "--version",
        "1.2.3",
        "--description",
        "For <A> & B",
        "--file",
        &file,
        "--sources",
        &jar,
        "--documentation",
        &jar,
        "--needs",
        "net.java.dev.jna:jna:5.18.1@aar:runtime",
    ];
    packaging(&arguments).unwrap();
    let folder = workshop.path("maven/dev/scanlogin/scan-login-android/1.2.3");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = ["-javadoc.jar", "-sources.jar", ".aar", ".pom"].iter().flat_map(|end| {
        ["", ".md5", ".sha1", ".sha256", ".sha512"]
            .map(|sum| format!("scan-login-android-1.2.3{end}{sum}"))
    });
    assert_eq!(names, expected.collect::<Vec<_>>());
    // The sum of "sources or documentation", by coreutils.
    let sha256 =
        fs::read_to_string(folder.join("scan-login-android-1.2.3-sources.jar.sha256")).unwrap();
    assert_eq!(sha256, "81ee4441778f494c4d6065ab9f86dd66bb78e2c4fef7e4dbc5149054b9d0f137");
    let pom = fs::read_to_string(folder.join("scan-login-android-1.2.3.pom")).unwrap();
    for part in [
        "<groupId>dev.scanlogin</groupId>",
        "<packaging>aar</packaging>",
        "<description>For &lt;A&gt; &amp; B</description>",
        "<artifactId>jna</artifactId>\n      <version>5.18.1</version>\n      <type>aar</type>\n      <scope>runtime</scope>",
    ] {
        assert!(pom.contains(part), "{part}\n{pom}");
    }
    // A version is published once.
    assert!(packaging(&arguments).unwrap_err().contains("is there already"));
}

#[test]
fn what_names_a_builders_folder_is_not_published_for_the_jvm_either() {
    let workshop = Workshop::new();
    workshop.put(
        "library.c",
        b"const char *uniffi_scan_login_ffi_fn_call(void) { return \"/home/alice/a.rs\"; }",
    );
    workshop.run(
        "clang --target=x86_64-linux-gnu -g -nostdlib -shared -fuse-ld=lld library.c -o library.so",
    );
    pack(&workshop, "jar", &of("linux-x86-64", &workshop.path("library.so")), "a.jar").unwrap();
    let path = |name: &str| workshop.path(name).display().to_string();
    let (repository, file) = (path("maven"), path("a.jar"));
    let refused = packaging(&[
        "maven",
        "--repository",
        &repository,
        "--artefact",
        "a",
        "--version",
        "1",
        "--description",
        "a",
        "--file",
        &file,
        "--sources",
        &file,
        "--documentation",
        &file,
    ])
    .unwrap_err();
    for reason in [
        "it has debug information",
        "it names a folder of the machine it was built on: /home/alice/a.rs",
    ] {
        assert!(refused.contains(reason), "{refused}");
    }
    assert!(!workshop.path("maven").exists());
}

#[test]
fn the_same_comes_out_of_the_same() {
    let workshop = Workshop::new();
    aar(&workshop, "a.aar").unwrap();
    aar(&workshop, "b.aar").unwrap();
    assert!(fs::read(workshop.path("a.aar")).unwrap() == fs::read(workshop.path("b.aar")).unwrap());
}

#[test]
fn a_crash_is_read_with_the_debug_information_of_the_build_id_it_names() {
    let workshop = Workshop::new();
    workshop.put("a.c", b"void before(void) {}\nint crashes(int *a) {\n    return *a;\n}\n");
    workshop.run("clang --target=aarch64-linux-android23 -g -O1 -nostdlib -shared -fuse-ld=lld -Wl,--build-id=0xabcdef0123 a.c -o a.so");
    workshop.run("llvm-objcopy --only-keep-debug --compress-debug-sections a.so a.so.debug");
    let symbols = workshop.run("llvm-nm a.so");
    let address = symbols.lines().find_map(|line| line.strip_suffix(" T crashes")).unwrap();
    let (debug, out) = (
        workshop.path("a.so.debug").display().to_string(),
        workshop.path("a.zip").display().to_string(),
    );
    packaging(&["symbols", &debug, "--out", &out]).unwrap();
    ZipArchive::new(File::open(out).unwrap()).unwrap().extract(workshop.path("symbols")).unwrap();
    let told = workshop.run(&format!(
        "llvm-symbolizer --debug-file-directory=symbols --build-id=abcdef0123 0x{address}"
    ));
    assert!(told.starts_with("crashes\n") && told.contains("a.c:3"), "{told}");
}
