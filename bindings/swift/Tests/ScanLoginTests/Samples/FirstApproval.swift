import Foundation
import ScanLogin

/// The app's own session.
final class Session: TokenProvider {
    private let idToken: String
    private let userId: String

    init(idToken: String, userId: String) {
        self.idToken = idToken
        self.userId = userId
    }

    func token(refresh: Bool) async throws -> UserToken {
        // With refresh, an app gets a fresh token from its server. One that cannot says:
        if refresh { throw TokenError.SignedOut }
        return UserToken(token: idToken, userId: userId)
    }
}

func makeClient(session: Session) throws -> ScanLoginClient {
    let config = ScanLoginConfig(appId: "app-id", userPoolId: "user-pool-id", baseUrl: "https://example.genauth.ai")
    return try ScanLoginClient(config: config, tokens: session)
}

func approve(client: ScanLoginClient, jpeg: Data, askUser: (LoginCode) async -> Bool) async throws {
    let code = try await client.readImage(image: jpeg)
    let login = try await client.scanned(code: code)  // the web page now shows who scanned
    if await askUser(login.code()) { try await login.confirm() } else { try await login.cancel() }
}
