// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Phone",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "scan-login", path: "../../../../..")],
    targets: [
        .executableTarget(
            name: "Phone", dependencies: [.product(name: "ScanLogin", package: "scan-login")], path: "Sources")
    ]
)
