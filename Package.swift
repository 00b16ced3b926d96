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

// As much of Apple's frameworks as the library and its samples use, so that all of it is compiled and tested without Apple's SDK.
#if os(Linux)
func stub(_ name: String, dependencies: [Target.Dependency] = [], in folder: String = "bindings/swift/Tests/Stubs") -> Target {
    .target(name: name, dependencies: dependencies, path: "\(folder)/\(name)")
}
let stubs = [
    stub("CoreGraphics"), stub("CoreVideo"), stub("LocalAuthentication"), stub("Network"),
    stub("AVFoundation", dependencies: ["CoreVideo", "CoreGraphics"]),
]
let sample: [Target] = [
    stub("UIKit", dependencies: ["AVFoundation"], in: "examples/ios/stubs"),
    stub("SwiftUI", dependencies: ["UIKit"], in: "examples/ios/stubs"),
    stub("PhotosUI", dependencies: ["SwiftUI"], in: "examples/ios/stubs"),
    .executableTarget(
        name: "Approve", dependencies: ["ScanLogin", "PhotosUI", "LocalAuthentication"], path: "examples/ios/Approve",
        exclude: ["en.lproj", "zh-Hans.lproj"]),
    .testTarget(name: "ApproveTests", dependencies: ["Approve"], path: "examples/ios/ApproveTests"),
]
#else
let stubs: [Target] = []
let sample: [Target] = []
#endif
let frameworks = stubs.map { Target.Dependency.target(name: $0.name) }

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
            dependencies: ["ScanLoginGenerated"] + frameworks,
            path: "bindings/swift/Sources/ScanLogin",
            exclude: ["Generated"],
            resources: [.copy("PrivacyInfo.xcprivacy")]
        ),
        .testTarget(
            name: "ScanLoginTests",
            dependencies: ["ScanLogin"] + frameworks,
            path: "bindings/swift/Tests/ScanLoginTests"
        ),
    ] + stubs + sample
)
