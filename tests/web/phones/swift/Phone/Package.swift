// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Phone",
    platforms: [.macOS(.v12)],
    dependencies: [.package(path: "../../../../../bindings/swift")],
    targets: [
        .executableTarget(
            name: "Phone", dependencies: [.product(name: "ScanLogin", package: "swift")], path: "Sources")
    ]
)
