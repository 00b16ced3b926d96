// swift-tools-version: 6.0
import PackageDescription

// On Apple platforms the library comes as an XCFramework; elsewhere (Linux, for the tests) it is the host's.
#if os(Linux)
let library: Target = .systemLibrary(name: "ScanLoginFFI")
#else
let library: Target = .binaryTarget(name: "ScanLoginFFI", path: "ScanLoginFFI.xcframework")
#endif

// As much of Apple's frameworks as the library and its samples use, so that all of it is compiled and tested without Apple's SDK.
#if os(Linux)
func stub(_ name: String, dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/Stubs/\(name)")
}
let stubs = [stub("CoreGraphics"), stub("CoreVideo"), stub("Network"), stub("AVFoundation", dependencies: ["CoreVideo"])]
#else
let stubs: [Target] = []
#endif
let frameworks = stubs.map { Target.Dependency.target(name: $0.name) }

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
            dependencies: ["ScanLoginGenerated"] + frameworks,
            path: "Sources/ScanLogin",
            exclude: ["Generated"]
        ),
        .testTarget(name: "ScanLoginTests", dependencies: ["ScanLogin"] + frameworks),
    ] + stubs
)
