import Foundation
import ScanLogin

// A phone on the command line, with the options and the words of the `approve` example.
var options: [String: String] = [:]
let arguments = Array(CommandLine.arguments.dropFirst())
for index in stride(from: 0, to: arguments.count, by: 2) { options[arguments[index]] = arguments[index + 1] }

final class Session: TokenProvider {
    private let token: String

    init(token: String) {
        self.token = token
    }

    func token(refresh: Bool) async throws -> UserToken {
        if refresh { throw TokenError.SignedOut }
        return UserToken(token: token)
    }
}

/// Prints a line at once, though the output is a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

do {
    let root = try options["--root-certificate"].map { try String(contentsOfFile: $0, encoding: .utf8) }
    let config = ScanLoginConfig(
        appId: options["--app-id"]!, userPoolId: options["--user-pool-id"]!, baseUrl: options["--host"]!,
        api: options["--api"] == "v3" ? .v3 : .v2, allowInsecureLoopback: true,
        rootCertificates: root.map { [$0] } ?? [])
    let session = Session(token: ProcessInfo.processInfo.environment["SCAN_LOGIN_TOKEN"]!)
    let client = try ScanLoginClient(config: config, tokens: session)
    let picture = try Data(contentsOf: URL(fileURLWithPath: options["--image"]!))
    let login = try await client.scanned(code: client.readImage(image: picture))
    say("marked the code scanned")
    if let claim = login.code().customData() { say("the code claims \(claim)") }
    if readLine() == "yes" { try await login.confirm() } else { try await login.cancel() }
} catch let refusal as ScanLoginError {
    FileHandle.standardError.write(Data("phone: \(refusal) (\(refusal.code()))\n".utf8))
    exit(1)
}
