import Foundation
import Testing

@Suite struct PackageTests {
    struct Library: Decodable {
        let LibraryIdentifier, BinaryPath, LibraryPath, HeadersPath, SupportedPlatform: String
        let SupportedArchitectures: [String]
        let SupportedPlatformVariant: String?
    }

    struct Info: Decodable {
        let AvailableLibraries: [Library]
        let CFBundlePackageType, XCFrameworkFormatVersion: String
    }

    @Test func theXCFrameworkHoldsWhatItsInfoSaysAndPackageSwiftNamesIt() throws {
        let framework = URL(fileURLWithPath: ProcessInfo.processInfo.environment["XCFRAMEWORK"]!)
        let info = try PropertyListDecoder().decode(
            Info.self, from: Data(contentsOf: framework.appendingPathComponent("Info.plist")))
        #expect(info.CFBundlePackageType == "XFWK")
        #expect(info.XCFrameworkFormatVersion == "1.0")
        let platforms = info.AvailableLibraries.map {
            [$0.LibraryIdentifier, $0.SupportedPlatform, $0.SupportedPlatformVariant ?? ""] + $0.SupportedArchitectures
        }
        #expect(platforms == [
            ["ios-arm64", "ios", "", "arm64"],
            ["ios-arm64_x86_64-simulator", "ios", "simulator", "arm64", "x86_64"],
            ["macos-arm64", "macos", "", "arm64"],
        ])
        for library in info.AvailableLibraries {
            let folder = framework.appendingPathComponent(library.LibraryIdentifier)
            let headers = "\(library.HeadersPath)/ScanLoginFFI"
            for file in [library.LibraryPath, library.BinaryPath, "\(headers)/ScanLoginFFI.h", "\(headers)/module.modulemap"] {
                #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path), "\(file)")
            }
        }

        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let manifest = try String(contentsOf: tests.appendingPathComponent("../../Package.swift"), encoding: .utf8)
        let name = framework.deletingPathExtension().lastPathComponent
        #expect(manifest.contains(".binaryTarget(name: \"\(name)\", path: \"\(framework.lastPathComponent)\")"))
    }
}
