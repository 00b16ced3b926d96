import Foundation
import ScanLogin

// A phone on the command line, with the options and the words of the `approve` example.
var options: [String: String] = [:]
let arguments = Array(CommandLine.arguments.dropFirst())
for index in stride(from: 0, to: arguments.count, by: 2) { options[arguments[index]] = arguments[index + 1] }

struct Session: TokenProvider {
    let token: String

    func token(refresh: Bool) async throws -> UserToken? { refresh ? nil : UserToken(token) }
}

/// Prints a line at once, though the output is a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

do {
    var config = ScanLoginConfig(
        appID: options["--app-id"]!, userPoolID: options["--user-pool-id"]!, baseURL: URL(string: options["--host"]!)!)
    config.api = options["--api"] == "v3" ? .v3 : .v2
    config.allowsInsecureLoopback = true
    config.rootCertificates = try options["--root-certificate"].map { [try String(contentsOfFile: $0, encoding: .utf8)] }
    let session = Session(token: ProcessInfo.processInfo.environment["SCAN_LOGIN_TOKEN"]!)
    let client = try ScanLoginClient(config, tokens: session)
    let image = try Data(contentsOf: URL(fileURLWithPath: options["--image"]!))
    let login = try await client.scanned(client.readImage(image))
    say("marked the code scanned")
    for claim in login.code.claims { say("the code claims \(claim.name): \(claim.value)") }
    if readLine() == "yes" { try await login.confirm() } else { try await login.cancel() }
} catch let refusal as ScanLoginError {
    FileHandle.standardError.write(Data("phone: \(refusal)\n".utf8))
    exit(1)
}
