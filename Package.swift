// swift-tools-version: 6.0
import PackageDescription

// Where a release's XCFramework is, and its checksum: bindings/release writes them. Without a release it is what
// bindings/package makes.
let release: (url: String, checksum: String)? = nil

// On Apple platforms the library comes as an XCFramework; elsewhere (Linux, for the tests) it is the host's.
#if os(Linux)
let library: Target = .systemLibrary(name: "ScanLoginFFI", path: "bindings/swift/Sources/ScanLoginFFI")
#else
let library: Target =
    if let release {
        .binaryTarget(name: "ScanLoginFFI", url: release.url, checksum: release.checksum)
    } else {
        .binaryTarget(name: "ScanLoginFFI", path: "target/packages/ScanLoginFFI.xcframework")
    }
#endif

// As much of CoreVideo as the sample uses, so that it compiles without Apple's SDK.
#if os(Linux)
let stubs: [Target] = [.target(name: "CoreVideo", path: "bindings/swift/Tests/CoreVideo")]
let samples: [Target.Dependency] = ["CoreVideo"]
#else
let stubs: [Target] = []
let samples: [Target.Dependency] = []
#endif

let package = Package(
    name: "scan-login",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "ScanLogin", targets: ["ScanLogin"])],
    targets: [
        library,
        // What UniFFI generates is not ready for the Swift 6 mode: it passes closures that are not Sendable.
        .target(
            name: "ScanLoginGenerated",
            dependencies: ["ScanLoginFFI"],
            path: "bindings/swift/Sources/ScanLogin/Generated",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(
            name: "ScanLogin",
            dependencies: ["ScanLoginGenerated"],
            path: "bindings/swift/Sources/ScanLogin",
            exclude: ["Generated"],
            resources: [.copy("PrivacyInfo.xcprivacy")]
        ),
        .testTarget(
            name: "ScanLoginTests",
            dependencies: ["ScanLogin"] + samples,
            path: "bindings/swift/Tests/ScanLoginTests"
        ),
    ] + stubs
)
