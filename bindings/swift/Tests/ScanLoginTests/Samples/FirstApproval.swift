import Foundation
import ScanLogin

/// The app's own session.
struct Session: TokenProvider {
    let idToken: String
    let userID: String

    // With refresh, an app gets a fresh token from its server. One that cannot answers nil: signed out.
    func token(refresh: Bool) async throws -> UserToken? {
        refresh ? nil : UserToken(idToken, userID: userID)
    }
}

func makeClient(session: Session) throws -> ScanLoginClient {
    let url = URL(string: "https://example.genauth.ai")!
    var config = ScanLoginConfig(appID: "app-id", userPoolID: "user-pool-id", baseURL: url)
    config.timeout = .seconds(10)
    return try ScanLoginClient(config, tokens: session)
}

func approve(_ client: any ScanLoginClientProtocol, jpeg: Data, askUser: (LoginCode) async -> Bool) async throws {
    let code = try await client.readImage(jpeg)
    let login = try await client.scanned(code)  // the web page now shows who scanned
    if await askUser(login.code) { try await login.confirm() } else { try await login.cancel() }
}
