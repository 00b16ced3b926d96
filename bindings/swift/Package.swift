// swift-tools-version: 6.0
import PackageDescription

// On Apple platforms the library comes as an XCFramework; elsewhere (Linux, for the tests) it is the host's.
#if os(Linux)
let library: Target = .systemLibrary(name: "ScanLoginFFI")
#else
let library: Target = .binaryTarget(name: "ScanLoginFFI", path: "ScanLoginFFI.xcframework")
#endif

// As much of CoreVideo as the sample uses, so that it compiles without Apple's SDK.
#if os(Linux)
let stubs: [Target] = [.target(name: "CoreVideo", path: "Tests/CoreVideo")]
let samples: [Target.Dependency] = ["CoreVideo"]
#else
let stubs: [Target] = []
let samples: [Target.Dependency] = []
#endif

let package = Package(
    name: "ScanLogin",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "ScanLogin", targets: ["ScanLogin"])],
    targets: [
        library,
        // What UniFFI generates is not ready for the Swift 6 mode: it passes closures that are not Sendable.
        .target(
            name: "ScanLoginGenerated",
            dependencies: ["ScanLoginFFI"],
            path: "Sources/ScanLogin/Generated",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(
            name: "ScanLogin",
            dependencies: ["ScanLoginGenerated"],
            path: "Sources/ScanLogin",
            exclude: ["Generated"]
        ),
        .testTarget(name: "ScanLoginTests", dependencies: ["ScanLogin"] + samples),
    ] + stubs
)
